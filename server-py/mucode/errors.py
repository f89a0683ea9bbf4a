"""The one class of expected failures on the server's side. Everything else that is raised is a bug."""


class MucodeError(Exception):
    """An expected failure. The message is shown as it is: it names the cause and the next step."""
