"""Reads every import of the program: which point upwards, sideways between stages, or to Flask below a door."""

import ast
from collections.abc import Iterator
from pathlib import Path

STAGES = frozenset({"identity", "intake", "screening", "review", "publishing", "notifying", "moving"})
GROUND = frozenset({"records", "settings", "foundation"})
# What each top-level part may import, besides itself. A stage is not in another stage's set.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "foundation": frozenset(),
    "settings": frozenset({"foundation"}),
    "records": frozenset({"foundation"}),
    "migrations": frozenset({"foundation", "records", "settings"}),
    **dict.fromkeys(STAGES, GROUND),
    "journey": STAGES | GROUND,
    "doctor": STAGES | GROUND | {"migrations"},
    "web": STAGES | GROUND | {"journey", "doctor", "migrations"},
    "app": STAGES | GROUND | {"journey", "doctor", "migrations", "web", "cli"},
    "cli": STAGES | GROUND | {"journey", "doctor", "migrations", "web", "app"},
    "__main__": frozenset({"cli"}),
    "__init__": frozenset(),
}
DOORS = frozenset({"web", "app", "cli"})
FLASK = ("flask", "flask_wtf", "flask_babel", "werkzeug", "authlib.integrations.flask_client")
# The catalogue takes a folder's name from its caller, whose words are checked where they stand; above cli is nothing.
MAY_COMPUTE = ("foundation/catalogue.py", "cli/__init__.py")


def breaches(package: Path) -> list[str]:
    """Return a sentence for each import that breaks the house's order.

    Args:
        package: the folder ``moderation``.
    """
    return [sentence for file in sorted(package.rglob("*.py")) for sentence in _of_file(file, package)]


def _of_file(file: Path, package: Path) -> Iterator[str]:
    place = file.relative_to(package)
    part = place.parts[0].removesuffix(".py")
    if part not in MAY_IMPORT:
        yield f"{place}: “{part}” stands on no floor"
        return
    for line, module in imports(file.read_text(encoding="utf-8"), file, package):
        where = f"{place}:{line}"
        if module is None:
            if place.as_posix() not in MAY_COMPUTE:
                yield f"{where}: imports a module whose name cannot be read here"
        elif module.split(".")[0] == package.name:
            yield from _of_ours(where, part, module)
        elif part not in DOORS and any(module == name or module.startswith(f"{name}.") for name in FLASK):
            yield f"{where}: {part} imports {module}, which only a door may"


def _of_ours(where: str, part: str, module: str) -> Iterator[str]:
    target = [*module.split("."), ""][1]
    if target not in {"", part} and target not in MAY_IMPORT:
        yield f"{where}: imports {module}, which stands on no floor"
    elif target not in {"", part, "__init__"} and target not in MAY_IMPORT[part]:
        yield f"{where}: {part} imports {module}, which is not below it"


def imports(source: str, file: Path, package: Path) -> Iterator[tuple[int, str | None]]:
    """Yield the line and the full name of each imported module, wherever in the file it stands.

    A name that ``import_module`` or ``catalogue`` is called with counts too; None stands for one that is computed.
    """
    tree = ast.parse(source)
    names = constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, file, package)
            yield from ((node.lineno, _imported(origin, alias.name, package)) for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in {
            "import_module",
            "__import__",
            "catalogue",
            "run_module",
        }:
            yield node.lineno, _word(node, names)


def _origin(node: ast.ImportFrom, file: Path, package: Path) -> str:
    if not node.level:
        return node.module or ""
    folder = file.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    parts = [package.name, *folder.relative_to(package).parts] if folder.is_relative_to(package) else ["outside"]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _imported(origin: str, name: str, package: Path) -> str:
    """``from moderation import web`` imports a part; ``from moderation import __version__`` a value."""
    if origin != package.name:
        return origin
    is_part = name in MAY_IMPORT and not name.startswith("__")
    return f"{origin}.{name}" if is_part or (package / name).is_dir() else origin


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _word(call: ast.Call, names: dict[str, str]) -> str | None:
    word = call.args[0] if call.args else next((keyword.value for keyword in call.keywords), None)
    if isinstance(word, ast.Name):
        return names.get(word.id)
    return word.value if isinstance(word, ast.Constant) and isinstance(word.value, str) else None


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the words that a module gives a name, at its top and nowhere else."""
    given: dict[str, list[ast.expr | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            given.setdefault(node.id, []).append(None)
        elif isinstance(node, ast.arg):
            given.setdefault(node.arg, []).append(None)
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign):
                given[target.id].append(node.value)
    # A name that is bound once: one None for the name itself, one value from the top of the module.
    once = {name: values[1] for name, values in given.items() if len(values) == 2 and values[0] is None}
    return {
        name: value.value
        for name, value in once.items()
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }
