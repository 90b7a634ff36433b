"""Makes a stranger's picture anew, small and square, so that nothing of the original file reaches readers."""

import hashlib
import importlib.util
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from moderation.foundation.errors import Refused

if TYPE_CHECKING:
    from PIL.Image import Image

SMALL: Final = 96
LARGE: Final = 192
FORMATS: Final = ("WEBP", "PNG", "JPEG", "GIF")
PIXELS: Final = 8_000_000
BYTES: Final = 30_000
_QUALITIES: Final = (82, 60, 35, 10)

_NONE: Final = "This is no picture that can be shown."


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A picture in two sizes, as WebP; ``id`` is a hash of it."""

    id: str
    small: bytes
    large: bytes


def can_remake() -> bool:
    """Tell whether the library for pictures is installed; without it, nobody has any."""
    return importlib.util.find_spec("PIL") is not None


def remake(data: bytes) -> Remade:
    """Return a picture made anew from the first frame of another one.

    Args:
        data: bytes from a stranger.

    Raises:
        Refused: when it is no picture, has too many pixels, or is in a format we do not read.
    """
    # Only the worker needs it: a large library, and not there in every installation.
    from PIL import Image
    from PIL.ImageOps import exif_transpose

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            # Of a file that is odd somewhere, what can be read is good enough.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if opened.width * opened.height > PIXELS or min(opened.size) < 1:
                raise Refused(_NONE)
            # A JPEG is unpacked at a fraction of its size, where that is enough.
            opened.draft("RGB", (2 * LARGE, 2 * LARGE))
            square = _square(exif_transpose(opened))
    except Exception as error:
        # Readers of broken files raise anything.
        raise Refused(_NONE) from error
    large = _pack(square, LARGE)
    return Remade(id=hashlib.sha256(large).hexdigest()[:32], small=_pack(square, SMALL), large=large)


def _square(picture: "Image") -> "Image":
    """Return the middle of a picture."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.convert("RGBA").crop((left, top, left + side, top + side))


def _pack(square: "Image", side: int) -> bytes:
    """Return a square as WebP, not larger than it was and without anything the file said beside."""
    from PIL.Image import Resampling

    side = min(side, square.width)
    small = square.resize((side, side), Resampling.LANCZOS)
    for quality in _QUALITIES:
        file = io.BytesIO()
        small.save(file, "WEBP", quality=quality, method=4)
        if file.tell() <= BYTES:
            break
    return file.getvalue()
