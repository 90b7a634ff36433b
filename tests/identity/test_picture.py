"""A stranger's picture is made anew, small and square; what is no picture, or far too large, is refused."""

import io
import struct
import zlib

import pytest
from PIL import Image

from moderation.foundation.errors import Refused
from moderation.identity.picture import BYTES, LARGE, PIXELS, SMALL, remake

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def drawn(size=(300, 200), mode="RGB", kind="PNG", **more):
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(file, kind, **more)
    return file.getvalue()


def noise(side=400):
    file = io.BytesIO()
    Image.effect_noise((side, side), 200).convert("RGB").save(file, "JPEG", quality=95)
    return file.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width, height):
    """A small PNG that says it is huge."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * (height * (width // 8 + 1)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_becomes_two_small_squares(kind):
    made = remake(drawn(kind=kind))
    for data, side in ((made.small, SMALL), (made.large, LARGE)):
        image = opened(data)
        assert (image.format, image.size) == ("WEBP", (side, side))
        assert len(data) <= BYTES


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_any_kind_of_colour_is_understood(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(remake(drawn(mode=mode, kind=kind)).large).size == (LARGE, LARGE)


def test_the_same_picture_has_the_same_name_and_another_one_another():
    assert remake(drawn()).id == remake(drawn()).id
    assert remake(drawn()).id != remake(drawn((200, 300))).id


def test_a_small_picture_is_not_blown_up():
    assert opened(remake(drawn((48, 48))).large).size == (48, 48)


def test_even_noise_is_small():
    made = remake(noise())
    assert len(made.large) <= BYTES


def test_only_the_first_frame_of_a_moving_picture_is_shown():
    file, frames = io.BytesIO(), [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    image = opened(remake(file.getvalue()).large)
    assert getattr(image, "n_frames", 1) == 1
    red, _, blue = image.convert("RGB").getpixel((10, 10))
    assert red > 200 > 50 > blue


def test_what_a_file_says_beside_the_picture_is_gone():
    exif = Image.Exif()
    exif[0x010E] = "taken at home, 51.5 N"
    made = remake(drawn((200, 200), kind="JPEG", exif=exif, comment=b"taken at home"))
    for data in (made.small, made.large):
        assert b"home" not in data
        assert not opened(data).getexif()


def test_a_picture_that_lies_on_its_side_is_put_upright():
    image = Image.new("RGB", (100, 100), "white")
    image.paste("black", (0, 0, 100, 50))
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    image.save(file, "JPEG", exif=exif)
    upright = opened(remake(file.getvalue()).large).convert("L")
    assert upright.getpixel((90, 50)) < 60
    assert upright.getpixel((10, 50)) > 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html>",
        SVG,
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
        b"RIFF\x10\0\0\0WEBPVP8 " + b"\xff" * 50,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        bomb(PIXELS, 2),
        bomb(60_000, 60_000),
        drawn(kind="BMP"),
        drawn(kind="TIFF"),
    ],
    ids=["nothing", "html", "svg", "gif", "png", "jpeg", "webp", "ps", "wide", "bomb", "bmp", "tiff"],
)
def test_what_is_no_picture_of_ours_is_refused(data):
    with pytest.raises(Refused):
        remake(data)


def test_a_picture_that_breaks_off_anywhere_is_refused_or_shown_but_never_fails_otherwise():
    whole = {kind: drawn((40, 40), kind=kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")}
    refused = 0
    for data in whole.values():
        for end in range(0, len(data), 7):
            for broken in (data[:end], data[:end] + b"\xff\x00\xff" + data[end + 3 :]):
                try:
                    remake(broken)
                except Refused:
                    refused += 1
    assert refused > 10
