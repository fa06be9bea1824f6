"""The house: which room may import which, who may know pulumi, and how things are called.

Data flows one way, so imports do. The tables below are the law; a new room has to be put in them.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import opslib

ROOT = Path(__file__).parents[1]

MOST_LINES = 350

# Each room may import those of earlier lines, and itself.
OPSLIB_ORDER = (
    ("errors", "lazily"),
    ("contract",),
    ("monitoring", "permissions"),
    ("clients",),
    ("stack", "discover"),
    ("procedure",),
    ("notify", "calendar", "record"),
    ("backup",),
    ("rollback",),
    ("deploy",),
    ("guard", "operate"),
    ("api", "cli"),
)
INFRA_ORDER = (
    ("names",),
    ("kinds", "profiles"),
    ("written",),
    ("workloads", "sections"),
    ("muting",),
    ("config",),
    ("model", "where"),
    ("components", "preview", "adopt"),
    ("assembly",),
    ("exports",),
    ("program",),
    ("__main__",),
)
PURE = ("opslib.errors", "opslib.contract", "opslib.monitoring", "opslib.mirror", "opslib.permissions")


def in_order(package: str, order: tuple[tuple[str, ...], ...], also: tuple[str, ...]) -> dict[str, set[str]]:
    below: set[str] = set(also)
    rooms: dict[str, set[str]] = {}
    for line in order:
        rooms |= {f"{package}.{room}": set(below) for room in line}
        below |= {f"{package}.{room}" for room in line}
    return rooms


ROOMS = in_order("opslib", OPSLIB_ORDER, ()) | in_order("infra", INFRA_ORDER, PURE)
EVERYTHING = {*ROOMS, "opslib", "opslib.mirror", "opslib.catalog", "opslib.sandbox", "infra", "demo"}
ROOMS["opslib.stack"] |= {"opslib.mirror"}
# One calendar: a stack's file is read into the windows that opslib asks.
for room in ("sections", "muting"):
    ROOMS[f"infra.{room}"] |= {"opslib.calendar"}
# It reads AWS before there is a stack, and replays over histories as the preview does.
ROOMS["infra.adopt"] |= {"opslib.clients", "opslib.discover", "opslib.stack", "infra.preview"}
# Whoever resumes a plan brings it back from JSON.
for resuming in ("rollback", "deploy", "guard", "operate", "api", "cli"):
    ROOMS[f"opslib.{resuming}"] |= {"opslib.catalog"}
ROOMS |= {
    "opslib": {"opslib.lazily"},
    # infra writes with it, so it knows as little as the contract does.
    "opslib.mirror": {"opslib.errors", "opslib.contract"},
    # It maps kinds of step to where they live, in words, so that the engine knows no procedure.
    "opslib.catalog": {"opslib.errors", "opslib.contract", "opslib.procedure"},
    # Its alarms are evaluated by the same evaluator.
    "opslib.sandbox": {"opslib.errors", "opslib.lazily", "opslib.contract", "opslib.monitoring"},
    "infra": set(),
    "demo": EVERYTHING,
    "benchmarks": EVERYTHING,
    "tests": EVERYTHING,
    "tools": set(),
}

# These arrows only inside a function or under TYPE_CHECKING.
LAZILY = {
    "opslib": {"opslib.contract", "opslib.stack"},
    "opslib.cli": {"opslib.sandbox"},
}

# Who may import what is not ours; what is in no row, anybody may.
FOREIGN = {
    r"pulumi(_\w+)?": {
        *("infra.program", "infra.exports", "infra.assembly", "infra.components", "infra.__main__"),
        *("opslib.sandbox", "demo", "benchmarks", "tests"),
    },
    r"boto3|botocore": {"opslib.clients", "opslib.sandbox", "demo", "benchmarks", "tests"},
    r"moto": {"opslib.sandbox", "tests"},
    r"typer|rich": {"opslib.cli", "demo", "benchmarks", "tests"},
}

# Where the program and the sandbox meet.
KNOW_BOTH = {"demo", "tests"}

SAYS_NOTHING = re.compile(r"_?(utils?|helpers?|common|base|managers?|misc)", re.IGNORECASE)
EMPTY_CLASS = re.compile(r"_?Base(?!Backup)([A-Z]\w*)?|\w*Manager")  # a base backup is PostgreSQL's own word

NOT_OURS = {"build", "dist", "node_modules", "__pycache__"}

# Imported in a process of their own, with all they import, these leave pulumi alone.
WITHOUT_PULUMI = (
    *("opslib", "opslib.stack", "opslib.clients", "opslib.cli", "opslib.monitoring", "opslib.mirror"),
    *(
        "infra.kinds",
        "infra.config",
        "infra.profiles",
        "infra.model",
        "infra.sections",
        "infra.muting",
        "infra.preview",
    ),
    "infra.adopt",
)


@dataclass(frozen=True)
class Import:
    target: str
    line: int
    lazy: bool


def faults(root: Path) -> list[str]:
    """Everything in a tree that the tables forbid."""
    found: list[str] = []
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).parts
        if any(part in NOT_OURS or part.startswith(".") for part in parts):
            continue
        place = "/".join(parts)
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text, place)
        found += [f"{place}: {fault}" for fault in (*_of_names(parts, tree), *_of_imports(parts, tree, root))]
        if (lines := text.count("\n")) > MOST_LINES:
            found.append(f"{place}: has {lines} lines, more than {MOST_LINES}")
    return found


def _of_names(parts: tuple[str, ...], tree: ast.Module) -> Iterator[str]:
    for part in parts:
        if SAYS_NOTHING.fullmatch(part.removesuffix(".py")):
            yield f"the name {part} says nothing"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and EMPTY_CLASS.fullmatch(node.name):
            yield f"the class name {node.name} says nothing"


def _of_imports(parts: tuple[str, ...], tree: ast.Module, root: Path) -> Iterator[str]:
    module = ".".join(parts).removesuffix(".py").removesuffix(".__init__")
    room = room_of(module)
    if room is None:
        yield f"{module} is in no room of tests/test_architecture.py"
        return
    package = module if parts[-1] == "__init__.py" else module.rpartition(".")[0]
    known: set[str] = set()
    for imported in imports_of(tree, package, root):
        top = imported.target.partition(".")[0]
        for pattern, allowed in FOREIGN.items():
            if re.fullmatch(pattern, top) and room not in allowed:
                yield f"line {imported.line}: {room} must not import {top}"
        if top not in {"opslib", "infra", "demo", "tests", "tools", "benchmarks"} or top == "tests" == room:
            continue
        other = room_of(imported.target)
        known.add(other or imported.target)
        if other == "opslib" and imported.target == "opslib.__version__":
            continue
        if other == room or other in ROOMS[room] or (imported.lazy and other in LAZILY.get(room, ())):
            continue
        how = "only lazily" if other in LAZILY.get(room, ()) else "not"
        yield f"line {imported.line}: {room} may {how} import {other or imported.target}"
    if "opslib.sandbox" in known and any(name.startswith("infra") for name in known) and room not in KNOW_BOTH:
        yield "knows infra and the sandbox both"


def room_of(module: str) -> str | None:
    """The room that a module is in; of `opslib` and `infra`, only the package's own file is the room of that name."""
    parts = module.split(".")
    if parts[0] not in {"opslib", "infra"}:
        return parts[0] if parts[0] in ROOMS else None
    if len(parts) == 1 or module == "opslib.__version__":
        return parts[0]
    room = ".".join(parts[:2])
    return room if room in ROOMS else None


def imports_of(tree: ast.Module, package: str, root: Path) -> Iterator[Import]:
    """Every import, at whatever depth; `from a import b` is of `a.b` where that is a module, or a lazy public name."""

    def target(base: str, name: str) -> str:
        path = root.joinpath(*base.split("."), name)
        if path.with_suffix(".py").exists() or path.is_dir() or f"{base}.{name}" == "opslib.__version__":
            return f"{base}.{name}"
        return getattr(getattr(opslib, name, None), "__module__", base) if base == "opslib" else base

    def visit(node: ast.AST, *, lazy: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(target(base, alias.name), node.lineno, lazy) for alias in node.names)
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}
            and isinstance(node.args[0], ast.Constant)
        ):
            yield Import(str(node.args[0].value), node.lineno, lazy)
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for child in ast.iter_child_nodes(node):
            yield from visit(child, lazy=lazy or inside or typing_only)

    return visit(tree, lazy=False)


def test_the_house_is_in_order() -> None:
    found = faults(ROOT)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("module", WITHOUT_PULUMI)
def test_pulumi_is_not_imported_by_way_of_others(module: str) -> None:
    if not any((ROOT / module.replace(".", "/")).with_suffix(suffix).exists() for suffix in ("", ".py")):
        pytest.skip(f"there is no {module} yet")
    program = (
        "import importlib, pkgutil, sys;"
        "whole = importlib.import_module(sys.argv[1]);"
        "[importlib.import_module(part.name) for part in pkgutil.iter_modules("
        "    getattr(whole, '__path__', []), whole.__name__ + '.') if whole.__name__ != 'opslib'];"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", program, module], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name for name in run.stdout.split() if name.startswith("pulumi")} == set()


# Each rule, broken once: the file, what is in it, what is said.
VIOLATIONS = [
    ("opslib/stack/a.py", "import infra.config", "opslib.stack may not import infra.config"),
    ("opslib/sandbox/a.py", "from infra import config", "opslib.sandbox may not import infra"),
    ("opslib/cli/a.py", "def f():\n    import demo.story", "opslib.cli may not import demo"),
    ("opslib/errors.py", "from opslib.contract import Alarm", "opslib.errors may not import opslib.contract"),
    ("opslib/contract.py", "if TYPE_CHECKING:\n    from . import stack", "opslib.contract may not import opslib.stack"),
    ("opslib/mirror.py", "import opslib.monitoring", "opslib.mirror may not import opslib.monitoring"),
    ("opslib/clients.py", "from opslib import Stack", "opslib.clients may not import opslib.stack"),
    ("opslib/clients.py", "import opslib", "opslib.clients may not import opslib"),
    ("opslib/procedure/a.py", "from ..record import x", "opslib.procedure may not import opslib.record"),
    ("opslib/notify/a.py", "from opslib import record", "opslib.notify may not import opslib.record"),
    ("opslib/backup.py", "import opslib.rollback", "opslib.backup may not import opslib.rollback"),
    ("opslib/rollback/a.py", "import opslib.deploy", "opslib.rollback may not import opslib.deploy"),
    ("opslib/deploy/a.py", "import opslib.guard", "opslib.deploy may not import opslib.guard"),
    ("opslib/guard.py", "import opslib.api", "opslib.guard may not import opslib.api"),
    ("opslib/catalog.py", "f = lambda: import_module('opslib.rollback')", "opslib.catalog may not import opslib.roll"),
    ("opslib/sandbox/a.py", "import opslib.clients", "opslib.sandbox may not import opslib.clients"),
    ("opslib/stack/a.py", "def f():\n    import opslib.sandbox", "opslib.stack may not import opslib.sandbox"),
    ("opslib/cli/a.py", "import opslib.sandbox", "opslib.cli may only lazily import opslib.sandbox"),
    ("opslib/__init__.py", "import opslib.stack", "opslib may only lazily import opslib.stack"),
    ("opslib/stack/a.py", "import boto3", "opslib.stack must not import boto3"),
    ("opslib/clients.py", "import moto.server", "opslib.clients must not import moto"),
    ("opslib/monitoring/a.py", "import pulumi_aws", "opslib.monitoring must not import pulumi_aws"),
    ("infra/kinds/a.py", "def f():\n    import pulumi", "infra.kinds must not import pulumi"),
    ("infra/config.py", "from pulumi import Config", "infra.config must not import pulumi"),
    ("infra/preview/a.py", "import infra.components.alarms", "infra.preview may not import infra.components"),
    ("infra/kinds/a.py", "import infra.config", "infra.kinds may not import infra.config"),
    ("infra/program.py", "import opslib.stack", "infra.program may not import opslib.stack"),
    ("infra/program.py", "import infra.config\nimport opslib.sandbox", "knows infra and the sandbox both"),
    ("benchmarks/a.py", "import infra.config\nimport opslib.sandbox", "knows infra and the sandbox both"),
    ("tools/a.py", "import opslib.contract", "tools may not import opslib.contract"),
    ("opslib/utils.py", "", "the name utils.py says nothing"),
    ("tests/helpers/test_a.py", "", "the name helpers says nothing"),
    ("demo/a.py", "class BaseStory: ...", "the class name BaseStory says nothing"),
    ("demo/a.py", "class AlarmManager: ...", "the class name AlarmManager says nothing"),
    ("tests/test_a.py", "\n" * 351, "has 351 lines, more than 350"),
    ("opslib/attic/a.py", "", "opslib.attic.a is in no room"),
    ("attic/a.py", "", "attic.a is in no room"),
]


@pytest.mark.parametrize(("file", "content", "said"), VIOLATIONS, ids=[f"{row[0]}: {row[2]}" for row in VIOLATIONS])
def test_each_rule_is_enforced(tmp_path: Path, file: str, content: str, said: str) -> None:
    for module in ("opslib/record/__init__.py", "opslib/stack/__init__.py", "infra/config.py"):
        (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / module).write_text("")
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(content)
    found = faults(tmp_path)
    assert [fault for fault in found if said in fault], found
    assert {fault.partition(":")[0] for fault in found} == {file}


def test_what_is_allowed_is_let_be(tmp_path: Path) -> None:
    for file, content in {
        "opslib/__init__.py": "if TYPE_CHECKING:\n    from opslib.stack import Stack",
        "opslib/stack/a.py": "from opslib import __version__\nfrom opslib.clients import x\nfrom . import b",
        "opslib/cli/a.py": "def f():\n    from opslib.sandbox import Sandbox",
        "opslib/sandbox/a.py": "import moto, pulumi, boto3\nimport opslib.monitoring.metric",
        "infra/components/a.py": "import pulumi_aws\nfrom infra.kinds import table",
        "demo/a.py": "import infra.program\nimport opslib.sandbox",
        "tests/a/test_a.py": "import infra.program\nimport opslib.sandbox\nimport tests.a\nimport moto",
        ".venv/lib/utils.py": "import anything",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(content)
    assert faults(tmp_path) == []
