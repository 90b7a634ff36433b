"""Draws the portraits of the trial's made-up people, so that no picture has to come from anywhere.

They are PNG, because that is what providers send: whoever shows them has to fetch and treat them as any other picture.

Source: the PNG format, W3C "Portable Network Graphics (PNG) Specification, third edition", sections 5 and 11.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

SIZE: Final = 128

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How somebody looks, in five colours and a haircut.

    Args:
        ground: colour behind them, like the others as #rrggbb.
    """

    ground: str
    skin: str
    hair: str
    shirt: str
    cut: Literal["short", "long", "bun", "curly", "beard"]


@dataclass(frozen=True, slots=True)
class _Spot:
    """An ellipse, in pixels; of which only what lies between two heights is painted."""

    colour: str
    x: float
    y: float
    width: float
    height: float
    top: int = 0
    bottom: int = SIZE


@cache
def portrait(look: Look) -> bytes:
    """Draw somebody as a square PNG."""
    canvas = [_rgb(look.ground)] * (SIZE * SIZE)
    for spot in _spots(look):
        _paint(canvas, spot)
    rows = (canvas[start : start + SIZE] for start in range(0, SIZE * SIZE, SIZE))
    pixels = b"".join(b"\0" + bytes(value for colour in row for value in colour) for row in rows)
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(pixels, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _spots(look: Look) -> Sequence[_Spot]:
    """List what to paint, from the back to the front."""
    hair, skin = look.hair, look.skin
    behind = {
        "short": (),
        "long": (_Spot(hair, 64, 68, 35, 46, 0, 108),),
        "bun": (_Spot(hair, 64, 20, 15, 14), _Spot(hair, 64, 52, 29, 28)),
        "curly": tuple(_Spot(hair, x, y, 17, 17) for x, y in _CURLS),
        "beard": (),
    }[look.cut]
    before = {
        "short": (_Spot(hair, 64, 48, 27, 25, 0, 46), _Spot(hair, 74, 38, 20, 13)),
        "long": (_Spot(hair, 54, 44, 23, 19, 0, 50), _Spot(hair, 78, 42, 19, 17, 0, 48)),
        "bun": (_Spot(hair, 64, 44, 26, 20, 0, 42),),
        "curly": (_Spot(hair, 52, 36, 17, 12), _Spot(hair, 76, 36, 17, 12)),
        "beard": (_Spot(hair, 64, 46, 26, 23, 0, 43), _Spot(hair, 64, 74, 23.5, 22, 66), _Spot(skin, 64, 62, 15, 13)),
    }[look.cut]
    neck = (_Spot(skin, 64, 98, 14, 14), _Spot(skin, 64, 84, 11, 20))
    body = (_Spot(look.shirt, 64, 136, 48, 42), *neck, _Spot(skin, 64, 60, 25, 30))
    return (*behind, *body, *before)


_CURLS: Final = ((40, 46), (46, 32), (64, 26), (82, 32), (88, 46), (38, 62), (90, 62), (42, 76), (86, 76))


def _paint(canvas: list[Colour], spot: _Spot) -> None:
    """Lay one ellipse over the picture, with a soft edge of one pixel."""
    colour, least = _rgb(spot.colour), min(spot.width, spot.height)
    for row in range(max(spot.top, 0), min(spot.bottom, SIZE)):
        down = (row + 0.5 - spot.y) / spot.height
        for column in range(SIZE):
            across = (column + 0.5 - spot.x) / spot.width
            cover = min(1.0, (1 - (across * across + down * down) ** 0.5) * least + 0.5)
            if cover > 0:
                place = row * SIZE + column
                canvas[place] = _mix(canvas[place], colour, cover)


def _mix(below: Colour, above: Colour, cover: float) -> Colour:
    red, green, blue = (round(old + (new - old) * cover) for old, new in zip(below, above, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Colour:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
