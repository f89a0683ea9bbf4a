"""Why a request about jobs is refused, with the HTTP status that says so."""

from mucode.errors import MucodeError


class JobError(MucodeError):
    """A request that cannot be fulfilled; `kind` is for programs, the message for people."""

    def __init__(self, message: str, status: int = 409, kind: str = "job") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
