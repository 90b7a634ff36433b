"""The house's order holds: imports point down, and one file alone writes a comment's status."""

from pathlib import Path

import pytest

from tests import floors, status

PACKAGE = Path(__file__).parents[1] / "moderation"


def test_every_import_points_down() -> None:
    assert floors.breaches(PACKAGE) == []


def test_a_comments_status_is_written_in_one_file_alone() -> None:
    assert status.breaches(PACKAGE) == []


def test_the_one_writer_would_be_found_anywhere_else() -> None:
    """The reader sees what decide does, so that the test above would see it in another file."""
    assert status.writes((PACKAGE / status.WRITER).read_text(encoding="utf-8"), "review")


def house(folder: Path, file: str, source: str) -> Path:
    """A small house with one file of this content."""
    package = folder / "moderation"
    for name in ("review", "screening", "web"):
        (package / name).mkdir(parents=True, exist_ok=True)
    place = package / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(source, encoding="utf-8")
    return package


@pytest.mark.parametrize(
    ("file", "source"),
    [
        pytest.param("review/a.py", "from moderation.screening.screen import screen", id="sideways"),
        pytest.param("review/a.py", "import moderation.screening", id="sideways, plain"),
        pytest.param("review/a.py", "import moderation.screening as records", id="sideways, renamed"),
        pytest.param("review/a.py", "from moderation import screening", id="sideways, from the top"),
        pytest.param("review/a.py", "from ..screening import screen", id="sideways, relative"),
        pytest.param("review/deep/a.py", "from ...screening.rules import links", id="sideways, relative, deep"),
        pytest.param("review/a.py", "from .. import journey", id="up, relative"),
        pytest.param("review/a.py", "def f():\n    from moderation.journey import receive", id="up, in a function"),
        pytest.param(
            "review/a.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from moderation.web import app",
            id="up, for types only",
        ),
        pytest.param(
            "review/a.py", "try:\n    import moderation.web\nexcept ImportError:\n    pass", id="up, if it is there"
        ),
        pytest.param("review/a.py", "import importlib\nimportlib.import_module('moderation.web')", id="up, by name"),
        pytest.param("review/a.py", "__import__('moderation.web')", id="up, by the oldest way"),
        pytest.param("review/a.py", "import_module(name)", id="by a computed name"),
        pytest.param("review/a.py", "catalogue('moderation.screening.rules', Rule)", id="sideways, a folder's content"),
        pytest.param(
            "review/a.py",
            "RULES: Final = 'moderation.screening.rules'\ncatalogue(RULES, Rule)",
            id="sideways, a named folder",
        ),
        pytest.param("journey.py", "from moderation.web import guards", id="the journey knows no door"),
        pytest.param("web/a.py", "from moderation.app import create_app", id="a door does not build"),
        pytest.param("web/a.py", "from moderation.cli.serve import serve", id="a door does not start"),
        pytest.param("records/a.py", "from moderation.review import decide", id="nouns know no verbs"),
        pytest.param("records/a.py", "from moderation.settings import Settings", id="nouns know no knobs"),
        pytest.param("settings.py", "from moderation.records import Site", id="knobs know no nouns"),
        pytest.param("foundation/a.py", "from moderation.records import Comment", id="tools know nothing of ours"),
        pytest.param("migrations/a.py", "from moderation.review import decide", id="migrations know no verbs"),
        pytest.param("review/a.py", "from moderation.migrations import upgrade", id="stages do not migrate"),
        pytest.param("review/a.py", "from flask import request", id="Flask below a door"),
        pytest.param("journey.py", "def f():\n    import werkzeug.exceptions", id="Werkzeug below a door"),
        pytest.param("identity/a.py", "from authlib.integrations.flask_client import OAuth", id="Flask in disguise"),
        pytest.param("intake/a.py", "from flask_babel import gettext", id="a part of Flask below a door"),
        pytest.param("helpers/a.py", "import os", id="a room on no floor"),
        pytest.param("web/a.py", "import moderation.helpers", id="from a room on no floor"),
    ],
)
def test_a_breach_of_the_floors_is_found(tmp_path: Path, file: str, source: str) -> None:
    assert len(floors.breaches(house(tmp_path, file, source))) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("review/a.py", "from moderation.records.comment import Comment\nfrom moderation.review.decide import decide"),
        ("review/a.py", "from moderation import __version__\nfrom .decide import decide\nimport flasks"),
        ("journey.py", "from moderation.review.decide import decide\nfrom moderation.screening import screen"),
        (
            "web/a.py",
            "import flask\nfrom moderation.journey import receive\nfrom moderation.migrations import is_current",
        ),
        ("cli/serve.py", "from moderation.app import create_app\nfrom werkzeug.serving import run_simple"),
        (
            "identity/a.py",
            "from moderation.foundation.catalogue import catalogue\ncatalogue('moderation.identity.p', P)",
        ),
        ("foundation/catalogue.py", "import importlib\nimportlib.import_module(package)"),
    ],
)
def test_what_points_down_is_let_pass(tmp_path: Path, file: str, source: str) -> None:
    assert floors.breaches(house(tmp_path, file, source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "comment.status = Status.approved",
        "x.status = 'approved'",
        "db.get_one(Comment, id).status = 'approved'",
        "batch[0].comment.status = 'spam'",
        "comment.status: Status = Status.spam",
        "comment.status += 'x'",
        "comment.body, comment.status = 'a', 'b'",
        "for comment.status in statuses: pass",
        "with moment() as comment.status: pass",
        "[1 for comment.status in statuses]",
        "del comment.status",
        "setattr(comment, 'status', 'approved')",
        "setattr(comment, name, value)",
        "NAME = 'status'\nsetattr(comment, NAME, value)",
        "NAME = 'likes'\nNAME = 'sta' + 'tus'\nsetattr(comment, NAME, value)",
        "object.__setattr__(comment, 'status', 'approved')",
        "comment.__setattr__('status', 'approved')",
        "attributes.set_committed_value(comment, 'status', 'approved')",
        "comment.__dict__['status'] = 'approved'",
        "vars(comment)['status'] = 'approved'",
        "comment.__dict__.update(status='approved')",
        "Comment(id=id, status='approved')",
        "Comment(**fields)",
        "records.Comment(status='approved')",
        "from moderation.records import Comment as C\nC(status='approved')",
        "insert_missing(db, Comment, id=id, status='approved')",
        "insert_missing(db, Comment, **fields)",
        "update(Comment).where(Comment.id == id).values(status='approved')",
        "update(Comment).values({'status': 'approved'})",
        "update(Comment).values({Comment.status: 'approved'})",
        "update(Comment).values(**fields)",
        "update(Comment).values(fields)",
        "update(Comment).values({**fields})",
        "update(Comment).ordered_values(('status', 'approved'))",
        "update(Comment.__table__).values(status='approved')",
        "from sqlalchemy import update as change\nchange(Comment).values(status='approved')",
        "sqlalchemy.update(records.Comment).values(status='approved')",
        "update(record).values(status='approved')",
        "db.execute(update(Comment), [{'id': id, 'status': 'approved'}])",
        "statement = update(Comment)\ndb.execute(statement, rows)",
        "db.execute(update(Comment).values(likes=1), rows)",
        "insert(Comment).values(id=id, status='approved')",
        "insert(Comment).values(id=id).on_conflict_do_update(set_={'status': 'approved'})",
        "insert(Comment).from_select(['id', 'status'], query)",
        "db.bulk_update_mappings(Comment, rows)",
        "db.bulk_insert_mappings(Comment, rows)",
        "db.query(Comment).filter_by(id=id).update({'status': 'approved'})",
        "changes = {Comment.status: 'approved'}",
        "text('UPDATE comment SET status = :status')",
        "text('''insert into \"comment\"\\n (id, status) values (1, 2)''')",
    ],
)
def test_a_second_writer_of_the_status_is_found(tmp_path: Path, source: str) -> None:
    assert status.breaches(house(tmp_path, "review/other.py", source))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("review/decide.py", "comment.status = status"),
        ("review/other.py", "status = comment.status\nshown = {'status': comment.status}"),
        ("review/other.py", "if comment.status is Status.approved: pass"),
        ("review/other.py", "Decision(before=comment.status, status='x')"),
        ("review/other.py", "select(Comment).filter_by(status='waiting').where(Comment.status == 'spam')"),
        ("review/other.py", "Comment(id=id, body=body)\ndb.get(Comment, id)"),
        ("review/other.py", "db.execute(update(Comment).where(Comment.status == 'x').values(likes=Comment.likes + 1))"),
        ("review/other.py", "db.execute(update(Comment).values({'likes': 1, Comment.pinned: False}))"),
        ("review/other.py", "db.execute(update(Notice).where(Notice.id == id).values(status='sent'))"),
        ("review/other.py", "text('select status from comment')\n{}.update(status='x')"),
        ("web/errors.py", "response.status = '404 Not Found'\nresponse.status_code = 404"),
        ("intake/submit.py", "submission.status = 'waiting'"),
        ("journey.py", "db.get_one(Submission, key).status = 'waiting'"),
        ("cli/site.py", "setattr(site, name, value)"),
        ("web/api/door.py", "NAME = 'public'\nsetattr(view, NAME, True)"),
        ("cli/supervise.py", "class Child:\n    def f(self):\n        self.status = 1"),
        ("foundation/insert.py", "insert(record).values(**values)"),
    ],
)
def test_reading_a_status_and_writing_another_is_let_pass(tmp_path: Path, file: str, source: str) -> None:
    assert status.breaches(house(tmp_path, file, source)) == []
