"""Finds whatever could write a comment's status, so that one file alone does.

It reads the source, so it goes by names, and where it cannot tell it says so rather than let it pass:

- an attribute ``status`` is set or deleted, on whatever object but those of ``OTHERS``; the same through ``setattr``,
  ``__dict__`` or ``vars``, and through a ``setattr`` with a computed name on what is not plainly another record;
- a ``Comment`` is made, or handed to any call, with ``status=`` or with ``**fields``;
- ``update`` or ``insert`` of ``Comment`` (or of a variable, which might be it) has other than plain values without a
  status: ``.values(**fields)``, ``.values(rows)``, no ``.values`` at all, a list of rows beside it in ``execute``;
- ``bulk_…`` or ``query(Comment).update``; a mapping with ``Comment.status`` as a key; SQL text on ``comment``.

Reading ``comment.status``, a JSON answer ``{"status": …}`` and columns named status of other records are free.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.floors import constants

WRITER = "review/decide.py"
# Objects that have a status of their own which is no comment's, by the part of the house in which they have that name.
OTHERS = {"response": {"web", "app", "cli"}, "answer": {"web", "app", "cli"}, "submission": {"intake", "journey"}}
OTHER_RECORDS = {"self", "site", "page", "person", "moderator", "policy", "provider", "notice", "session", "settings"}
STATEMENTS = {"update", "insert"}
SQL = re.compile(
    r"\b(update|insert\s+into|replace\s+into)\s+[\"`]?comment[\"`]?\b.*\bstatus\b", re.IGNORECASE | re.DOTALL
)


def breaches(package: Path) -> list[str]:
    """Return a sentence for each place, but the one writer, that could write a comment's status.

    Args:
        package: the folder ``moderation``.
    """
    found = []
    for file in sorted(package.rglob("*.py")):
        place = file.relative_to(package)
        if place.as_posix() != WRITER and place.parts[0] != "migrations":
            part = place.parts[0].removesuffix(".py")
            found += [f"{place}:{line}: {why}" for line, why in writes(file.read_text(encoding="utf-8"), part)]
    return found


def writes(source: str, part: str) -> list[tuple[int, str]]:
    """Return line and reason of each possible write in a source of a part of the house."""
    tree = ast.parse(source)
    return sorted(set(_Reader(tree, part).read(tree)))


class _Reader:
    def __init__(self, tree: ast.Module, part: str) -> None:
        self._part = part
        self._names = constants(tree)
        self._comment = {"Comment"}
        self._statements = set(STATEMENTS)
        self._chained: dict[ast.AST, ast.Call] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self._remember(node)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                self._chained[node.func.value] = node

    def _remember(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "Comment":
                self._comment.add(alias.asname or alias.name)
            elif alias.name in STATEMENTS:
                self._statements.add(alias.asname or alias.name)

    def read(self, tree: ast.AST) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                yield from self._attribute(node)
            elif isinstance(node, ast.Subscript):
                yield from self._subscript(node)
            elif isinstance(node, ast.Dict):
                if any(key is not None and self._is_column(key) for key in node.keys):
                    yield node.lineno, "a mapping gives Comment.status a value"
            elif isinstance(node, ast.Constant):
                if isinstance(node.value, str) and SQL.search(node.value):
                    yield node.lineno, "SQL text writes the status of comment"
            elif isinstance(node, ast.Call):
                yield from self._call(node)

    def _attribute(self, node: ast.Attribute) -> Iterator[tuple[int, str]]:
        if node.attr == "status" and not isinstance(node.ctx, ast.Load):
            owner = _last_name(node.value)
            in_its_own_class = owner == "self" and self._part != "records"
            if (
                not in_its_own_class
                and not self._is_another_record(node.value)
                and self._part not in OTHERS.get(owner, set())
            ):
                yield node.lineno, f"{ast.unparse(node)} is set"

    def _subscript(self, node: ast.Subscript) -> Iterator[tuple[int, str]]:
        is_status = isinstance(node.slice, ast.Constant) and node.slice.value == "status"
        if is_status and not isinstance(node.ctx, ast.Load) and _is_dict_of_object(node.value):
            yield node.lineno, f"{ast.unparse(node)} is set"

    def _call(self, node: ast.Call) -> Iterator[tuple[int, str]]:
        name = _last_name(node.func)
        names_comment = self._is_comment(node.func) or any(self._is_comment(word) for word in node.args)
        if names_comment and any(keyword.arg in {None, "status"} for keyword in node.keywords):
            yield node.lineno, f"{name}(…) gives a Comment a status, or fields that cannot be read here"
        if name in {"setattr", "__setattr__", "set_attribute", "set_committed_value"}:
            yield from self._setattr(node)
        elif name.startswith("bulk_") and (names_comment or name == "bulk_save_objects"):
            yield node.lineno, f"{name}(…) writes comments in bulk"
        elif name == "update" and isinstance(node.func, ast.Attribute) and self._writes_by_method(node.func.value):
            yield node.lineno, "update(…) of a query, or of an object's fields, writes comments"
        elif name in self._statements and node.args and self._may_be_comment(node.args[0]):
            yield from self._statement(node)
        elif name in {"execute", "scalars", "scalar"} and len(node.args) + len(node.keywords) > 1:
            inside = (inner for word in node.args[:1] for inner in ast.walk(word) if isinstance(inner, ast.Call))
            if any(self._is_statement(inner) for inner in inside):
                yield node.lineno, f"{name}(…) gives a statement on Comment rows that cannot be read here"

    def _setattr(self, node: ast.Call) -> Iterator[tuple[int, str]]:
        words = [self._text(word) for word in node.args[:2]]
        owner = _last_name(node.args[0]) if node.args else ""
        if "status" in words and self._part not in OTHERS.get(owner, set()):
            yield node.lineno, f"{ast.unparse(node)} sets a status"
        elif not any(words) and owner not in OTHER_RECORDS:
            yield node.lineno, f"{ast.unparse(node)} may set a status"

    def _text(self, word: ast.expr) -> str | None:
        if isinstance(word, ast.Name):
            return self._names.get(word.id)
        return word.value if isinstance(word, ast.Constant) and isinstance(word.value, str) else None

    def _statement(self, node: ast.Call) -> Iterator[tuple[int, str]]:
        """Follow ``update(Comment).where(…).values(…)`` to its end; all it writes must be readable."""
        given, step = False, self._chained.get(node)
        while step is not None:
            method = _last_name(step.func)
            if method in {"values", "ordered_values", "from_select", "on_conflict_do_update"}:
                fields = step.keywords if method == "values" else []
                mappings = (
                    step.args if method == "values" else [word.value for word in step.keywords if word.arg == "set_"]
                )
                plain = method in {"values", "on_conflict_do_update"} and all(self._is_plain(word) for word in mappings)
                if not plain or any(field.arg in {None, "status"} for field in fields):
                    yield step.lineno, f"{method}(…) gives Comment a status, or fields that cannot be read here"
                given = True
            step = self._chained.get(step)
        if not given:
            yield node.lineno, f"{ast.unparse(node)} has no .values(…) that could be read here"

    def _is_plain(self, mapping: ast.expr) -> bool:
        """A literal mapping, all of whose keys are names other than status."""
        return isinstance(mapping, ast.Dict) and all(
            isinstance(key, ast.Attribute | ast.Constant)
            and not (isinstance(key, ast.Constant) and key.value == "status")
            and not self._is_column(key)
            for key in mapping.keys
        )

    def _is_statement(self, call: ast.Call) -> bool:
        return _last_name(call.func) in self._statements and bool(call.args) and self._may_be_comment(call.args[0])

    def _may_be_comment(self, word: ast.expr) -> bool:
        """Comment, its table, or a variable that stands for some record; a tool of the foundation knows no comment."""
        if isinstance(word, ast.Attribute) and word.attr in {"__table__", "c", "columns"}:
            word = word.value
        is_variable = isinstance(word, ast.Name) and word.id[:1].islower() and self._part != "foundation"
        return self._is_comment(word) or is_variable

    def _is_comment(self, word: ast.expr) -> bool:
        return _last_name(word) in self._comment and isinstance(word, ast.Name | ast.Attribute)

    def _is_another_record(self, word: ast.expr) -> bool:
        """``db.get(Submission, id)`` is plainly no comment."""
        looked_up = isinstance(word, ast.Call) and _last_name(word.func) in {"get", "get_one"} and word.args
        kind = word.args[0] if isinstance(word, ast.Call) and looked_up else None
        return isinstance(kind, ast.Name) and kind.id[:1].isupper() and not self._is_comment(kind)

    def _is_column(self, word: ast.expr) -> bool:
        return isinstance(word, ast.Attribute) and word.attr == "status" and self._may_be_comment(word.value)

    def _writes_by_method(self, receiver: ast.expr) -> bool:
        of_query = (
            inner for inner in ast.walk(receiver) if isinstance(inner, ast.Call) and _last_name(inner.func) == "query"
        )
        return _is_dict_of_object(receiver) or any(self._is_comment(word) for call in of_query for word in call.args)


def _is_dict_of_object(word: ast.expr) -> bool:
    return _last_name(word) in {"__dict__", "vars"}


def _last_name(word: ast.expr) -> str:
    if isinstance(word, ast.Call):
        return _last_name(word.func)
    if isinstance(word, ast.Attribute):
        return word.attr
    return word.id if isinstance(word, ast.Name) else ""
