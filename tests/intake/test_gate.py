"""The input gate: what gets in, what does not, and that a refusal names what is wrong."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import to_builtins

from moderation.foundation.errors import Refused
from moderation.intake.gate import MAX_BYTES, accept, read_json
from moderation.intake.shapes import EditIn, PreviewIn, SubmissionIn

JSON = "application/json"


def read(text: str | bytes) -> dict[str, Any]:
    return read_json(text.encode() if isinstance(text, str) else text, content_type=JSON)


def submission(**changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "site": "blog",
        "page": {"key": "/her", "url": "https://blog.example/her", "title": "Her"},
        "parent": None,
        "body": "Well said.",
        "guest": {"name": "Alice", "email": "alice@mail.example", "website": "https://alice.example"},
        "subscribe": True,
    }
    for path, value in changed.items():
        *way, last = path.split("__")
        place = given
        for step in way:
            place = place[step]
        place[last] = value
    return given


# --- the form ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        " application/json ; charset=utf-8 ",
    ],
)
def test_json_in_utf8_is_read(content_type: str) -> None:
    assert read_json('{"a": "ü"}'.encode(), content_type=content_type) == {"a": "ü"}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/problem+json",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "text/plain; application/json",
    ],
)
def test_any_other_type_is_unsupported(content_type: str | None) -> None:
    with pytest.raises(Refused) as refusal:
        read_json(b"{}", content_type=content_type)
    assert refusal.value.code == "unsupported_type"


def test_more_than_the_limit_is_too_large() -> None:
    room = MAX_BYTES - len(b'{"a":""}')
    assert read(b'{"a":"' + b"x" * room + b'"}')
    with pytest.raises(Refused) as refusal:
        read(b'{"a":"' + b"x" * (room + 1) + b'"}')
    assert refusal.value.code == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": 01}',
        b'{"a": "\xff"}',
        b'{"a": "\xc0\xaf"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xf5\x80\x80\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\n"}',
        b'{"a": "\x00"}',
        b'{} {"a": 1}',
        b"[]",
        b'"text"',
        b"null",
        b"1",
        b"NaN",
        b"1" * 10_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_object_in_utf8_is_malformed(body: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        read(body)
    assert refusal.value.code == "malformed"


def test_sixteen_levels_are_read_and_seventeen_are_not() -> None:
    assert read('{"a":' + "[" * 15 + "]" * 15 + "}")
    with pytest.raises(Refused, match="16 levels"):
        read('{"a":' + "[" * 16 + "]" * 16 + "}")


def test_brackets_in_texts_do_not_count() -> None:
    for text in ("[" * 50, '\\"' + "[{" * 50, "\\\\"):
        assert read('{"a": "' + text + '"}')


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 20_000, '["' * 40_000, '"\\' * 40_000, "[]," * 40_000])
def test_nesting_beyond_all_bounds_is_refused_and_breaks_nothing(body: str) -> None:
    with pytest.raises(Refused):
        read(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"a": NaN}', "a"),
        ('{"a": {"b": [1, Infinity]}}', "a.b.1"),
        ('{"a": -Infinity}', "a"),
        ('{"a": 1e999}', "a"),
        ('{"a": ' + "9" * 5000 + "}", "a"),
        ('{"a": 1, "a": 2}', "a"),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', "a.b"),
        ('{"\u00e9": 1, "e\u0301": 2}', "\u00e9"),
        ('{"guest": {"name": "a\\u0000b"}}', "guest.name"),
        ('{"body": "\\ud800"}', "body"),
        ('{"body": "\\u001b[31m"}', "body"),
        ('{"body": "\\u0085"}', "body"),
        ('{"list": ["ok", "\\u007f"]}', "list.1"),
        ('{"guest": {"na\\u0000me": 1}}', "guest"),
        ('{"guest": {"na\\nme": 1}}', "guest"),
        ('{"guest": {"\\ud800": 1, "\\ud800": 1}}', "guest"),
        ('{"\\u0000": 1}', None),
        ('{"body": "a' + "\\u0301" * 300 + '"}', "body"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_what_cannot_be_taken_is_refused_by_its_name(body: str, field: str | None) -> None:
    with pytest.raises(Refused) as refusal:
        read(body)
    assert refusal.value.code == "invalid"
    assert refusal.value.field == field


def test_every_text_becomes_uniform() -> None:
    assert read('{"a\\u0308": ["x\\r\\ny\\rz\\tw", "e\\u0301"]}') == {"ä": ["x\ny\nz\tw", "é"]}


def test_a_field_named_by_a_stranger_is_repeated_only_in_part() -> None:
    with pytest.raises(Refused) as refusal:
        accept(EditIn, read(json.dumps({"body": "x", "y" * 50_000: 1})))
    assert len(refusal.value.message) < 200
    assert len(refusal.value.field or "") <= 100


def test_a_long_name_is_not_copied_for_everything_inside_it() -> None:
    assert read(json.dumps({"x" * 60_000: [0] * 20_000}))


KINDS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
DOCUMENTS = st.recursive(KINDS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)


@given(st.binary(max_size=300))
@example(b'{"a":"' + b"\\" * 99)
@example(b'{"":""}')
def test_no_bytes_lead_to_anything_but_a_refusal(body: bytes) -> None:
    try:
        data = read(body)
    except Refused:
        return
    assert isinstance(data, dict)


@given(DOCUMENTS)
def test_no_document_leads_to_anything_but_a_refusal(document: Any) -> None:
    for body in (document, submission(body=document), submission(guest=document), submission(page__title=document)):
        try:
            said: Any = to_builtins(accept(SubmissionIn, read(json.dumps(body))))
        except Refused as refusal:
            said = [refusal.message, refusal.field]
        assert json.dumps(said, ensure_ascii=False).encode()


LETTERS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=50).map(
    lambda text: unicodedata.normalize("NFC", text)
)


@given(st.dictionaries(LETTERS, LETTERS | st.integers(-(10**15), 10**15) | st.booleans() | st.none(), max_size=5))
def test_a_well_formed_document_comes_through_unchanged(document: dict[str, Any]) -> None:
    assert read(json.dumps(document)) == document
    assert read(json.dumps(document, ensure_ascii=False)) == document


# --- the shapes -------------------------------------------------------------------------------------------------------


def test_a_full_submission_is_accepted_as_it_is() -> None:
    given = submission()
    assert to_builtins(accept(SubmissionIn, given)) == given


def test_the_shortest_submission_has_no_guest_parent_title_or_subscription() -> None:
    short = {"site": "blog", "page": {"key": "/", "url": "https://blog.example/"}, "body": "x"}
    taken = accept(SubmissionIn, short)
    assert (taken.guest, taken.parent, taken.page.title, taken.subscribe) == (None, None, None, False)


def test_what_a_guest_leaves_empty_is_nothing() -> None:
    for nothing in (None, "", "  "):
        guest = accept(SubmissionIn, submission(guest__email=nothing, guest__website=nothing)).guest
        assert guest is not None
        assert (guest.email, guest.website) == (None, None)
    assert accept(SubmissionIn, submission(guest={"name": "Alice"})).guest is not None


def test_names_and_titles_are_tidied() -> None:
    taken = accept(SubmissionIn, submission(guest__name="  Al \u200b ice ", page__title="One\n two "))
    assert taken.guest is not None
    assert taken.guest.name == "Al ice"
    assert taken.page.title == "One two"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"site": 1}, "site"),
        ({"site": ""}, "site"),
        ({"site": "x" * 65}, "site"),
        ({"page": None}, "page"),
        ({"page": "https://blog.example/"}, "page"),
        ({"page__key": None}, "page.key"),
        ({"page__key": ""}, "page.key"),
        ({"page__key": "x" * 513}, "page.key"),
        ({"page__key": "a\nb"}, "page.key"),
        ({"page__url": "javascript:alert(1)"}, "page.url"),
        ({"page__url": "https://blog.example/" + "x" * 2048}, "page.url"),
        ({"page__title": "x" * 301}, "page.title"),
        ({"page__title": 1}, "page.title"),
        ({"page__id": "x"}, "page.id"),
        ({"parent": 1}, "parent"),
        ({"parent": ""}, "parent"),
        ({"parent": "x" * 65}, "parent"),
        ({"body": None}, "body"),
        ({"body": ["x"]}, "body"),
        ({"body": ""}, "body"),
        ({"body": " \n\t\u200b\u3164"}, "body"),
        ({"body": "x" * 8193}, "body"),
        ({"guest": []}, "guest"),
        ({"guest": {}}, "guest.name"),
        ({"guest__name": None}, "guest.name"),
        ({"guest__name": "\u202eecilA"}, "guest.name"),
        ({"guest__name": "x" * 65}, "guest.name"),
        ({"guest__email": "alice"}, "guest.email"),
        ({"guest__email": 1}, "guest.email"),
        ({"guest__website": "ftp://alice.example"}, "guest.website"),
        ({"guest__admin": True}, "guest.admin"),
        ({"subscribe": "true"}, "subscribe"),
        ({"subscribe": 1}, "subscribe"),
        ({"subscribe": None}, "subscribe"),
        ({"status": "approved"}, "status"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_submission_of_another_shape_is_refused_by_the_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        accept(SubmissionIn, submission(**changed))
    assert refusal.value.field == field
    assert refusal.value.code == "invalid"
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize("name", ["site", "page", "body"])
def test_a_missing_field_is_named(name: str) -> None:
    given = submission()
    del given[name]
    with pytest.raises(Refused, match=f"^{name}: is missing.$") as refusal:
        accept(SubmissionIn, given)
    assert refusal.value.field == name


def test_the_longest_body_is_counted_in_characters() -> None:
    for longest in ("x" * 8192, "\U0001f600" * 8192):
        assert accept(EditIn, {"body": longest}).body == longest
    assert accept(EditIn, read(json.dumps({"body": "e\u0301" * 8192}))).body == "é" * 8192


def test_a_preview_needs_a_site_and_a_body() -> None:
    assert accept(PreviewIn, {"site": "blog", "body": "*x*"}).body == "*x*"
    with pytest.raises(Refused):
        accept(PreviewIn, {"body": "*x*"})


def test_a_refusal_does_not_carry_what_was_sent() -> None:
    with pytest.raises(Refused) as refusal:
        accept(SubmissionIn, submission(subscribe="canary-4711"))
    assert "canary" not in refusal.value.message
    assert refusal.value.__cause__ is None
