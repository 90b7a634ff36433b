"""Where the files that ship beside the code are: in an installed package within it, in a checkout at its top."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def templates_folder() -> Path:
    """Return the folder of the templates."""
    return _folder("templates")


def config_folder() -> Path:
    """Return the folder of default.toml."""
    return _folder("config")


def _folder(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
