"""Makes a few pages of the dashboard at once: each takes more than a megabyte while it is made, which then stays ours.

A page is work for the interpreter alone, so that many at once are ready no sooner than one after the other. What
readers ask for and what writers send is not held up.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PAGES: Final = "/dashboard/"
# What calls another machine or checks a password is sent, not asked for.
_READS: Final = ("GET", "HEAD")


class FewAtOnce:
    """WSGI middleware.

    Args:
        most: pages at once; whoever asks for another one waits.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], *, most: int) -> None:
        self._app = app
        self._turns = threading.BoundedSemaphore(most)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] not in _READS or not environ.get("PATH_INFO", "").startswith(_PAGES):
            return self._app(environ, start_response)
        with self._turns:
            return self._app(environ, start_response)
