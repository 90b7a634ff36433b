"""Everybody without a picture has a drawn one, always the same."""

import hashlib
import re
from xml.etree import ElementTree

from moderation.identity.identicon import identicon


def seed(number):
    return hashlib.sha256(b"%d" % number).digest()


def test_the_same_seed_draws_the_same():
    assert identicon(seed(1)) == identicon(seed(1))


def test_a_thousand_people_look_different():
    assert len({identicon(seed(number)) for number in range(1000)}) > 990


def test_it_is_well_formed_and_nothing_but_paths():
    for number in range(50):
        root = ElementTree.fromstring(identicon(seed(number)))
        assert {child.tag for child in root} == {"{http://www.w3.org/2000/svg}path"}
        assert not re.search("style|script|href|url", identicon(seed(number)))


def test_any_byte_will_do():
    for byte in (b"\0", b"\xff"):
        ElementTree.fromstring(identicon(byte * 32))
