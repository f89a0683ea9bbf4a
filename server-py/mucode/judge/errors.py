"""Expected failures of the judge, in the user's words: the cause, then the next step.

Anything else that is raised is a bug.
"""


class JudgeError(Exception):
    """The judge cannot do what was asked; the message says why and what to do about it."""


class NoIsolationError(JudgeError):
    """This machine offers no isolation that the judge accepts; the message names the step that would."""


class BadInputError(JudgeError):
    """A file on the command line that cannot be used; the message names it."""


class CancelledError(Exception):
    """The request was cancelled. No JudgeError: nothing is wrong, and nothing may turn it into a verdict."""
