"""The six ways a request can fail, each with a sentence that is safe to show to the person."""


class Problem(Exception):
    """Anything that went wrong in a way the person can understand.

    Args:
        message: a sentence for the person; never holds another person's data.
        field: the input that is to blame, dotted (``guest.email``).
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Refused(Problem):
    """The input cannot be taken as it is.

    Args:
        code: what kind of refusal: ``invalid``, ``malformed``, ``too_large``, ``unsupported_type`` or
            ``length_required``.
    """

    def __init__(self, message: str, *, field: str | None = None, code: str = "invalid") -> None:
        super().__init__(message, field=field)
        self.code = code


class NotAllowed(Problem):
    """This person may not do this; with ``signed_in=False``, nobody in particular asked."""

    def __init__(self, message: str, *, signed_in: bool = True, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.signed_in = signed_in


class Missing(Problem):
    """There is no such thing, or it is not for this person to know that there is."""


class Conflict(Problem):
    """Somebody else was quicker, or the thing has changed meanwhile.

    Args:
        code: ``already`` (it is so), ``changed`` (somebody was quicker) or ``closed`` (this cannot be done any more).
    """

    def __init__(self, message: str, *, code: str = "changed", field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.code = code


class TooMany(Problem):
    """A limit is reached.

    Args:
        retry_after: seconds until it may work again.
    """

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Outage(Problem):
    """Something we rest on does not answer; nothing is lost, and trying again later makes sense.

    Args:
        retry_after: seconds until another try makes sense.
    """

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def said_by_server(error: BaseException | None) -> str:
    """Return the first line of what a database said when it could not be used, empty where none said anything.

    Args:
        error: perhaps SQLAlchemy's OperationalError, which carries the driver's own, or what SQLite says of a file that
            is no database; known by its name, since nothing here loads SQLAlchemy.
    """
    if type(error).__name__ not in ("OperationalError", "DatabaseError"):
        return ""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
