"""Draws a picture for people who have none: a few quarter circles in calm colours, the same for the same person."""

from typing import Final

_SIDE: Final = 24
# The four corners that a quarter circle can grow from, as the path of one in a field of 24 by 24.
_TURNS: Final = (
    "M0 0h24a24 24 0 0 1-24 24z",
    "M24 0v24a24 24 0 0 1-24-24z",
    "M24 24h-24a24 24 0 0 1 24-24z",
    "M0 24v-24a24 24 0 0 1 24 24z",
)


def identicon(seed: bytes) -> str:
    """Return an SVG of four fields.

    Args:
        seed: at least 9 bytes of a keyed hash, so that a picture tells nothing about whom it stands for.
    """
    hue = seed[0] * 360 // 256
    inks = (f"hsl({hue} 32% 46%)", f"hsl({hue} 36% 63%)", f"hsl({(hue + 40) % 360} 38% 57%)")
    parts = [
        f'<path transform="translate({_SIDE * (place % 2)} {_SIDE * (place // 2)})" fill="{inks[ink % 3]}" '
        f'd="{_TURNS[turn % 4]}"/>'
        for place, (turn, ink) in enumerate(zip(seed[1:5], seed[5:9], strict=True))
    ]
    ground = f'<path fill="hsl({hue} 34% 88%)" d="M0 0h48v48h-48z"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">{ground}{"".join(parts)}</svg>'
