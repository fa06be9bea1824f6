"""Build build/lambda/opslib.zip, the code of every Lambda function of a stack: opslib and what its handlers need.

Anybody who builds it from the same checkout gets the same bytes, on any machine: `pulumi up` then sees no change where
there is none. So its files are sorted, have one time and one mode, and are stored rather than compressed (how well zlib
compresses is up to the zlib). The packages are wheels for Lambda's platform, of the versions and hashes in
requirements.lock.

    tools/build_lambda.py                  build it; does nothing where it was built from what is there now
    tools/build_lambda.py --python 3.11    for another interpreter, in a file of its own: the tests import that one

botocore is among them, though Lambda has one: Lambda's is changed by AWS at any time, may be a year behind, and then
lacks operations that a rollback was tested with. Of the descriptions of AWS's services only those stay that opslib
names, which leaves a twentieth of its size.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "build" / "lambda" / "opslib.zip"
LOCK = ROOT / "requirements.lock"

RUNTIME = "3.13"
"""Lambda's newest Python for which all packages have wheels; AWS supports it until June 2029."""

MACHINE = "x86_64"
"""arm64 would cost a fifth less of next to nothing; this one also runs where the bundle is tested."""

DISTRIBUTIONS = (
    "annotated-types",
    "botocore",
    "jmespath",
    "pydantic",
    "pydantic-core",
    "python-dateutil",
    "six",
    "typing-extensions",
    "typing-inspection",
    "tzdata",
    "urllib3",
)
"""pydantic and botocore with what they need, and the time zones, which Lambda's system lacks."""

LEFT_OUT: Mapping[str, str] = {
    "opslib/sandbox/": "an AWS for tests",
    "opslib/cli/": "for terminals; needs typer and rich",
    "opslib/monitoring/backtest/": "needs numpy",
    "opslib/stack/metric_history.py": "needs numpy",
    "opslib/backup/": "needs psycopg, redis and servers' programs: it runs in a task inside the VPC",
}
"""What of opslib no handler uses, and why."""

_NEEDLESS = re.compile(r"(^|/)(tests?|__pycache__)/|\.pyi$|py\.typed$|^[^/]+\.dist-info/(?!licenses|LICENSE|METADATA)")
_SERVICE = re.compile(r"^botocore/data/([^/]+)/")
_EXAMPLES = re.compile(r"^botocore/data/.*/examples-1\.json(\.gz)?$")

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip can tell
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3

DONE, REFUSED, FAILED = 0, 3, 4


class BuildError(Exception):
    """Why there is no bundle, in one line."""


@dataclass(frozen=True)
class Target:
    """What the bundle is to run on.

    Attributes:
        python: Such as `3.13`.
        machine: `x86_64` or `aarch64`.
    """

    python: str = RUNTIME
    machine: str = MACHINE

    @property
    def platforms(self) -> tuple[str, ...]:
        """The wheels that its system takes: Amazon Linux 2023 has glibc 2.34."""
        return tuple(f"manylinux{name}_{self.machine}" for name in ("2014", "_2_17", "_2_28"))


def build(path: Path = BUNDLE, target: Target | None = None) -> str:
    """Build the bundle.

    Args:
        path: Where to; replaced whole or not at all.
        target: What it is to run on; None: `Target()`.

    Returns:
        The SHA-256 of its bytes.

    Raises:
        BuildError: a package is not in the lock, or cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="opslib-lambda-") as directory:
        contents = {**packages(Path(directory), target or Target()), **sources()}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as bundle:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
            bundle.writestr(entry, contents[name])
    unfinished.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sources() -> dict[str, bytes]:
    """What handlers need of opslib, by path."""
    found = {file.relative_to(ROOT).as_posix(): file for file in sorted((ROOT / "opslib").rglob("*")) if file.is_file()}
    return {
        name: file.read_bytes()
        for name, file in found.items()
        if not name.startswith(tuple(LEFT_OUT)) and not _NEEDLESS.search(name)
    }


def packages(directory: Path, target: Target) -> dict[str, bytes]:
    """The files of all packages, by path.

    Raises:
        BuildError: one is not in the lock, or cannot be had.
    """
    services = set(_services())
    files: dict[str, bytes] = {}
    for wheel in _wheels(directory, target):
        with zipfile.ZipFile(wheel) as opened:
            for name in opened.namelist():
                service = _SERVICE.match(name)
                needless = _NEEDLESS.search(name) or _EXAMPLES.search(name) or name.endswith("/")
                if not needless and (service is None or service[1] in services):
                    files[name] = opened.read(name)
    return files


def pins() -> dict[str, str]:
    """The lines of requirements.lock for each of the distributions: version and hashes.

    Raises:
        BuildError: one is not there.
    """
    entries = re.finditer(r"^([a-z0-9._-]+)==.*?(?=^\S|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    found = {entry[1]: entry[0] for entry in entries}
    missing = sorted(set(DISTRIBUTIONS) - set(found))
    if missing:
        raise BuildError(f"{LOCK.name} does not pin {', '.join(missing)}: run `make lock`")
    return {name: found[name] for name in DISTRIBUTIONS}


def _services() -> Iterator[str]:
    """Every text of opslib's that may be botocore's name of a service: what is never named is never called."""
    for name, source in sources().items():
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def _wheels(directory: Path, target: Target) -> list[Path]:
    wanted = directory / "requirements.txt"
    wanted.write_text("".join(pins().values()))
    platforms = [option for platform in target.platforms for option in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--implementation", "cp", "--python-version", target.python]
    command += [*platforms, "--dest", str(directory), "--requirement", str(wanted)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip().splitlines() or ["pip said nothing"]
        raise BuildError(f"the packages of requirements.lock could not be downloaded: {said[-1]}")
    return sorted(directory.glob("*.whl"))


def state(target: Target) -> str:
    """A digest of all that decides what the bundle holds."""
    digest = hashlib.sha256(repr((target, DISTRIBUTIONS, sorted(pins().items()))).encode())
    digest.update(Path(__file__).read_bytes())
    for name, source in sorted(sources().items()):
        digest.update(f"{name}\0{len(source)}\0".encode() + source)
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Build it unless it is there, and say how large it is."""
    parser = argparse.ArgumentParser(description="Build the code of the stack's Lambda functions.")
    parser.add_argument("--output", type=Path, default=BUNDLE)
    parser.add_argument("--python", default=RUNTIME, help=f"the interpreter's version (default: {RUNTIME})")
    given = parser.parse_args(arguments)
    target = Target(python=given.python)
    stamp = given.output.with_suffix(".state")
    try:
        now = state(target)
        if given.output.is_file() and stamp.is_file() and stamp.read_text() == now:
            print(f"{_told(given.output)}: as it was built before")
            return DONE
        digest = build(given.output, target)
        stamp.write_text(now)
    except BuildError as problem:
        print(f"build_lambda: {problem}", file=sys.stderr)
        return FAILED
    print(f"{_told(given.output)}: Python {target.python}, {target.machine}, sha256 {digest[:16]}")
    return DONE


def _told(path: Path) -> str:
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{shown} ({path.stat().st_size / 1e6:.1f} MB)"


if __name__ == "__main__":
    sys.exit(main())
