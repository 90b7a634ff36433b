"""Blogs built by other people's generators, after our guides: what the guide says is what is built."""

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.trial import Trial
from tests.node import installed

HERE = Path(__file__).parent
GUIDE = HERE.parents[1] / "docs" / "blogs.md"
TITLE = "A Heron’s Year & More"
POST = "It stood there from March to June.\n"


def snippet(system: str, file: str, trial: Trial) -> str:
    """Return what the guide for a system says about a file, for this trial's service and site."""
    section = GUIDE.read_text().split(f"\n## {system}\n")[1].split("\n## ")[0]
    found = re.search(rf"^`{re.escape(file)}`\n\n```\w+\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    assert found, f"{system}: the guide says nothing about {file}"
    text = found[1].replace("https://comments.example", trial.service)
    return text.replace('site="blog"', f'site="{trial.site}"').replace("site=blog&", f"site={trial.site}&")


def built_by_pelican(folder: Path, trial: Trial) -> Path:
    """Build a blog of one post with Pelican; returns the folder with the pages."""
    site = _script(trial)
    loop = "{% for article in articles %}<h2>{{ article.title }}</h2>\n"
    _write(
        folder,
        {
            "content/heron.md": f"Title: {TITLE}\nDate: 2026-11-22\nSlug: heron\n\n{POST}",
            "pelicanconf.py": 'SITENAME = "The Pond"\nTIMEZONE = "UTC"\nPATH = "content"\nTHEME = "simple"\n'
            + snippet("Pelican", "pelicanconf.py", trial),
            "templates/article.html": snippet("Pelican", "templates/article.html", trial),
            "templates/index.html": site + loop + snippet("Pelican", "templates/index.html", trial) + "{% endfor %}",
        },
    )
    python = _pelican()
    _run([str(python), "-m", "pelican", "content", "-s", "pelicanconf.py", "-o", "output"], folder)
    return folder / "output"


def built_by_eleventy(folder: Path, trial: Trial) -> Path:
    """Build a blog of one post with Eleventy; returns the folder with the pages."""
    program = installed(HERE / "eleventy", "eleventy", what="Eleventy")
    loop = "{% for post in collections.posts %}<h2>{{ post.data.title }}</h2>\n"
    head = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>{{ title }}</title>'
    )
    layout = head + "\n<h1>{{ title }}</h1>\n{{ content | safe }}\n"
    _write(
        folder,
        {
            "heron.md": f'---\ntitle: "{TITLE}"\nlayout: post.njk\ntags: posts\n---\n{POST}',
            "index.njk": "---\ntitle: The Pond\n---\n"
            + head
            + _script(trial)
            + loop
            + snippet("Eleventy", "index.njk", trial)
            + "{% endfor %}",
            "_includes/post.njk": layout + snippet("Eleventy", "_includes/post.njk", trial),
            "_includes/comments.njk": snippet("Eleventy", "_includes/comments.njk", trial),
        },
    )
    _run(["node", str(program / "node_modules/@11ty/eleventy/cmd.cjs"), "--quiet"], folder)
    return folder / "_site"


def built_by_hugo(folder: Path, trial: Trial) -> Path:
    """Build a blog of one post with Hugo; returns the folder with the pages. Skips where there is no Hugo."""
    program = shutil.which("hugo")
    if program is None:
        pytest.skip("no Hugo here (Debian: sudo apt install hugo)")
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">'
    head += "<title>{{ .Title }}</title>"
    single = snippet("Hugo", "layouts/_default/single.html", trial)
    count = snippet("Hugo", "layouts/_default/list.html", trial)
    loop = "{{ range .Pages }}<h2>{{ .Title }}</h2>\n" + count + "{{ end }}"
    _write(
        folder,
        {
            "config.toml": f'baseURL = "{trial.other_blog}"\ntitle = "The Pond"\ndisableKinds = ["taxonomy", "term"]\n',
            "content/the-heron.md": f'---\ntitle: "{TITLE}"\ndate: 2026-01-22\n---\n{POST}',
            "layouts/partials/comments.html": snippet("Hugo", "layouts/partials/comments.html", trial),
            "layouts/_default/single.html": head + "\n<h1>{{ .Title }}</h1>\n{{ .Content }}\n" + single,
            "layouts/_default/list.html": head + _script(trial) + loop,
        },
    )
    _run([program, "--quiet"], folder)
    return folder / "public"


def _script(trial: Trial) -> str:
    return f'<script src="{trial.service}/embed/v1.js" async></script>\n'


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def _pelican() -> Path:
    """Return a Python with Pelican, made once for each lock file: it wants other libraries than we do."""
    lock = HERE / "pelican" / "requirements.txt"
    folder = Path(sys.prefix) / f"pelican-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    with folder.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            base = getattr(sys, "_base_executable", sys.executable)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
            for command in ([base, "-m", "venv", str(folder)], [*pip, "-r", str(lock)]):
                done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=170)
                if done.returncode != 0:
                    pytest.skip(f"no Pelican: {' '.join(command[1:4])} failed: {done.stderr.strip()[-300:]}")
            (folder / "ready").touch()
    return python
