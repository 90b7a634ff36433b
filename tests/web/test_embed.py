"""The component's files: always the current ones, and for good those of a release."""

import base64
import hashlib
import re

from moderation import __version__
from moderation.web import embed


def test_the_manifest_lets_a_blog_pin_each_file(client, house):
    answer = client.get("/embed/manifest.json")
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    manifest = answer.json
    assert manifest["release"].startswith(f"{__version__}-")
    assert {"v1.js", "form.js", "signin.js"} <= set(manifest["files"])
    for name, file in manifest["files"].items():
        assert file["url"] == f"http://localhost:8000/embed/{manifest['release']}/{name}"
        pinned = client.get(file["url"].removeprefix("http://localhost:8000"))
        assert pinned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert pinned.headers["Access-Control-Allow-Origin"] == "*"
        assert file["integrity"] == f"sha384-{base64.b64encode(hashlib.sha384(pinned.data).digest()).decode()}"
        assert pinned.data == client.get(f"/embed/{name}").data
    known = client.get(f"/embed/{manifest['release']}/v1.js").headers["ETag"]
    again = client.get(f"/embed/{manifest['release']}/v1.js", headers={"If-None-Match": known})
    assert again.status_code == 304


def test_a_former_release_stays_where_it_was(client, house):
    data = house.settings.data
    former = embed.Release(name="0.0.1-0123456789abcdef", files={"v1.js": b"// former", "messages/de.js": b"// de"})
    for _ in range(2):
        embed.keep(former, data)
    answer = client.get("/embed/0.0.1-0123456789abcdef/v1.js")
    assert (answer.status_code, answer.data) == (200, b"// former")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/embed/0.0.1-0123456789abcdef/messages/de.js").data == b"// de"
    assert sorted(folder.name for folder in (data / "embed").iterdir()) == sorted([former.name, embed.current().name])


def test_nothing_but_files_of_a_release_is_to_be_had(client, house):
    release = embed.current().name
    (house.settings.data / "secret.js").write_text("no")
    (house.settings.data / "embed" / ".aside").mkdir()
    (house.settings.data / "embed" / ".aside" / "v1.js").write_text("no")
    for name in (
        f"{release}/nothing.js",
        f"{release}/../../secret.js",
        "../secret.js",
        "x/../../secret.js",
        "..%2fsecret.js",
        ".aside/v1.js",
        "0.0.0-0000000000000000/v1.js",
        release,
        f"{release}/",
        "/",
    ):
        assert client.get(f"/embed/{name}").status_code == 404, name


def test_what_is_served_has_every_text_of_the_script_and_nothing_for_its_readers(client, house):
    for name, served in embed.current().files.items():
        source = (embed._FOLDER / name).read_text()
        said = re.sub(r"(?m)^\s*//.*|/\*.*?\*/", "", source)
        for text in re.findall(r'"(?:\\.|[^"\\\n])*"', said):
            assert text.encode() in served, (name, text)
        for pattern in re.findall(r"[(=] ?(/[^ */].*?[^\\]/)\w*[,;.)]", said):
            assert pattern.encode() in served, (name, pattern)
        assert not re.search(rb"(?m)^\s|^//|/\*", served), name
