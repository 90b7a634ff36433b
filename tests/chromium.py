"""Finds the browser for the tests, and fetches Debian's when there is none and we may."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A test's browser talks to this machine only; as root it cannot have its own sandbox.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def find_chromium(playwrights_own: str, meeting_place: Path) -> str:
    """Return the browser's program: $CHROMIUM, else one on PATH, else Playwright's, else Debian's, installed by root.

    Args:
        playwrights_own: where Playwright would have put one.
        meeting_place: a folder that all workers of this test run share.

    Raises:
        RuntimeError: when there is none and it cannot be installed; says what to do.
    """
    with (meeting_place / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _present(playwrights_own)
        if not found and os.geteuid() == 0 and shutil.which("apt-get"):
            _install()
            found = _present(playwrights_own)
    if not found:
        raise RuntimeError(
            "The browser tests need Chromium. Install it (Debian: sudo apt install chromium; elsewhere: "
            ".venv/bin/playwright install chromium), or say where it is: CHROMIUM=/path/to/chromium ./run test"
        )
    return found


def _present(playwrights_own: str) -> str | None:
    given = os.environ.get("CHROMIUM")
    if given and not os.access(given, os.X_OK):
        raise RuntimeError(f"$CHROMIUM names {given}, which is not a program.")
    on_path = (shutil.which(name) for name in NAMES)
    own = playwrights_own if os.access(playwrights_own, os.X_OK) else None
    return given or next((path for path in on_path if path), own)


def _install() -> None:
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*apt, "update"], check=False, env=quiet, stdin=subprocess.DEVNULL, capture_output=True)
    install = [*apt, "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
    done = subprocess.run(install, check=False, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"Chromium could not be installed by apt-get:\n{done.stdout}{done.stderr}")
