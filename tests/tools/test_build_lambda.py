"""The code of the stack's functions: the same bytes every time, all that handlers need, and nothing else."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pulumi
import pytest

from infra.components.ops_code import IN_PLACE, ops_code

ROOT = Path(__file__).resolve().parents[2]

IMPORTS_ALL = """
import importlib, sys, zoneinfo
sys.path[:] = [path for path in sys.path if path.endswith((".zip", "python{0}", "lib-dynload"))] + [{1!r}]
for module in {2!r}:
    importlib.import_module(module)
from botocore.session import Session
session = Session()
for service in {3!r}:
    session.create_client(service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
outside = [m.__file__ for m in sys.modules.values() if "site-packages" in (getattr(m, "__file__", "") or "")]
assert not outside, outside
zoneinfo.reset_tzpath([])
zoneinfo.ZoneInfo("Europe/Berlin")
print("imported", len({2!r}))
"""


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_lambda", ROOT / "tools" / "build_lambda.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_lambda"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def built(tool: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two builds for the interpreter of the tests: it is to import what is in them."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    target = tool.Target(python=python, machine=platform.machine())
    paths = [tmp_path_factory.mktemp("lambda") / "opslib.zip" for _ in range(2)]
    for path in paths:
        try:
            tool.build(path, target)
        except tool.BuildError as problem:
            pytest.skip(f"no packages without a network: {problem}")
    return paths[0], paths[1]


def modules_in(bundle: Path) -> list[str]:
    names = [name for name in zipfile.ZipFile(bundle).namelist() if name.startswith("opslib/") and name.endswith(".py")]
    return [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in names]


@pytest.mark.feature("M25")
def test_two_builds_are_the_same_bytes(built: tuple[Path, Path]) -> None:
    one, other = built
    assert one.read_bytes() == other.read_bytes()
    entries = zipfile.ZipFile(one).infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {(entry.date_time, entry.external_attr, entry.compress_type) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644 << 16, zipfile.ZIP_STORED)
    }


@pytest.mark.feature("M25")
def test_all_of_it_imports_where_nothing_else_is(built: tuple[Path, Path], tmp_path: Path) -> None:
    zipfile.ZipFile(built[0]).extractall(tmp_path)
    services = sorted(path.name for path in (tmp_path / "botocore" / "data").iterdir() if path.is_dir())
    assert {"cloudwatch", "dynamodb", "ecs", "sns", "sts"} <= set(services)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    code = IMPORTS_ALL.format(version, str(tmp_path), modules_in(built[0]), services)
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("imported ")


def test_it_holds_what_handlers_need_and_nothing_else(tool: ModuleType, built: tuple[Path, Path]) -> None:
    names = zipfile.ZipFile(built[0]).namelist()
    assert not [name for name in names if name.startswith(tuple(tool.LEFT_OUT)) or "/tests/" in name]
    assert {"opslib/catalog.py", "opslib/record/page.html"} <= set(names)
    assert {name.partition("/")[0] for name in names if name.endswith("/METADATA")} == {
        name for name in {name.partition("/")[0] for name in names} if name.endswith(".dist-info")
    }
    assert built[0].stat().st_size < 20_000_000  # AWS takes 50 MB from a program; more would be a mistake of ours


def test_every_package_is_pinned_with_its_hashes(tool: ModuleType) -> None:
    pins = tool.pins()
    assert set(pins) == set(tool.DISTRIBUTIONS)
    assert all("--hash=sha256:" in line for line in pins.values())


def test_what_was_left_out_is_there_to_be_left_out(tool: ModuleType) -> None:
    assert [name for name in tool.LEFT_OUT if not (ROOT / name).exists()] == []


def test_nothing_is_created_without_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(IN_PLACE, raising=False)
    with pytest.raises(pulumi.RunError, match=r"is not built.*: run `make lambda`$"):
        ops_code(tmp_path / "opslib.zip")


def test_nothing_is_created_with_code_that_is_older_than_opslib(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(IN_PLACE, raising=False)
    bundle = tmp_path / "opslib.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("opslib/errors.py", (ROOT / "opslib" / "errors.py").read_bytes())
    assert isinstance(ops_code(bundle), pulumi.FileArchive)
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("opslib/clients.py", b"# as it was")
    with pytest.raises(pulumi.RunError, match=r"is older than opslib/clients.py: run `make lambda`$"):
        ops_code(bundle)
