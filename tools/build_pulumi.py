"""Build the Pulumi CLI and its Python language host into .tools/bin, where no `pulumi` is installed.

The CLI is on no Python registry, but it is a Go module: `tools/pulumi` and `tools/pulumi_language_python` pin it with
everything it is made of (go.mod, go.sum), and this script compiles it. It takes about two minutes on two cores, once;
when the pins are those of the last build it ends within milliseconds.

    tools/build_pulumi.py            build, or say why not (exit 3: Go is missing or too old; 4: the build failed)
    tools/build_pulumi.py --if-go    the same for `make test`: without Go it says so, and exit 0

Nothing is built where a `pulumi` with its `pulumi-language-python` is on PATH already (one in .tools does not count).
Two of these may run at once: the second waits for the first. A binary is put in place whole or not at all.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TextIO

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
BIN = TOOLS / "bin"
PINS = TOOLS / "pins.json"
HEARTBEAT_SECONDS = 10.0
LINES_OF_A_FAILURE = 20
SPINNER = "|/-\\"

DONE, REFUSED, FAILED = 0, 3, 4

VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


@dataclass(frozen=True)
class Program:
    """One binary to build.

    Attributes:
        name: Its file name in .tools/bin.
        module_dir: The directory of the Go module that pins it.
        module: The Go module it comes from; its version in go.mod is the version the binary reports.
        package: The package of the binary, below the module.
        scripts: Files of the module that must lie beside the binary.
    """

    name: str
    module_dir: Path
    module: str
    package: str
    scripts: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """The pinned version, such as `v3.200.0`."""
        found = re.search(rf"^require {re.escape(self.module)} (\S+)$", self._go_mod, re.MULTILINE)
        if found is None:
            raise BuildError(f"{self.module_dir / 'go.mod'} has no line `require {self.module} VERSION`")
        return found[1]

    @property
    def least_go(self) -> tuple[int, int]:
        """The oldest Go that builds it, from the `go` line of go.mod."""
        found = re.search(r"^go (\d+)\.(\d+)", self._go_mod, re.MULTILINE)
        return (int(found[1]), int(found[2])) if found else (1, 21)

    @property
    def arguments(self) -> list[str]:
        """What `go build` is called with, apart from where to write."""
        # Without the version the CLI reports an empty one, and preview and destroy fail through the Automation API.
        linker = f"-s -w -X {VERSION_SYMBOL}={self.version}"
        package = f"{self.module}/{self.package}"
        return ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", linker, package]

    @property
    def pins(self) -> str:
        """A hash of all that decides what is built."""
        digest = hashlib.sha256(json.dumps([self.arguments, self.scripts]).encode())
        for file in ("go.mod", "go.sum"):
            digest.update((self.module_dir / file).read_bytes())
        return digest.hexdigest()

    @property
    def is_built(self) -> bool:
        """Whether .tools/bin holds exactly this."""
        names = [self.name, *(Path(script).name for script in self.scripts)]
        return _pins_of_last_build().get(self.name) == self.pins and all(os.access(BIN / n, os.X_OK) for n in names)

    @property
    def _go_mod(self) -> str:
        return (self.module_dir / "go.mod").read_text()


PROGRAMS = (
    Program("pulumi", ROOT / "tools" / "pulumi", "github.com/pulumi/pulumi/pkg/v3", "cmd/pulumi"),
    Program(
        "pulumi-language-python",
        ROOT / "tools" / "pulumi_language_python",
        "github.com/pulumi/pulumi/sdk/v3",
        "python/cmd/pulumi-language-python",
        # The host runs a program as `python pulumi-language-python-exec …` with the interpreter of the project, so the
        # script works with whatever virtual environment that is.
        scripts=("python/cmd/pulumi-language-python-exec",),
    ),
)


class BuildError(Exception):
    """Something keeps the engine from being built; the text is for the user."""

    def __init__(self, text: str, exit_code: int = FAILED) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def main(arguments: list[str] | None = None) -> int:
    """Build what is missing and return the exit code."""
    parser = argparse.ArgumentParser(description="Build the Pulumi CLI from pinned Go modules.")
    parser.add_argument("--if-go", action="store_true", help="exit 0 where there is no Go to build it with; say so")
    options = parser.parse_args(arguments)
    installed = find_installed(os.environ.get("PATH", ""))
    if installed is not None:
        print(f"pulumi is installed already: {installed}; nothing to build")
        return DONE
    if all(program.is_built for program in PROGRAMS):
        print(f"pulumi {PROGRAMS[0].version} is built already: {BIN / PROGRAMS[0].name}")
        return DONE
    try:
        go = find_go()
        with _lock():
            for program in PROGRAMS:
                if not program.is_built:  # whoever held the lock before may just have built it
                    build(program, go)
    except BuildError as error:
        if options.if_go and error.exit_code == REFUSED:
            print(f"the tests against the real Pulumi engine will be skipped: {error}")
            return DONE
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"pulumi {PROGRAMS[0].version} is in {BIN}")
    return DONE


def find_installed(search_path: str) -> Path | None:
    """Find a Pulumi CLI on PATH that is not ours and has its Python host, as a normal installation has."""
    outside = [entry for entry in search_path.split(os.pathsep) if entry and Path(entry).resolve() != BIN]
    pulumi = shutil.which("pulumi", path=os.pathsep.join(outside))
    if pulumi is None:
        return None
    beside = os.pathsep.join([str(Path(pulumi).resolve().parent), *outside])
    return Path(pulumi) if shutil.which("pulumi-language-python", path=beside) else None


def find_go() -> str:
    """Find a Go that is new enough.

    Raises:
        BuildError: There is none (exit code 3).
    """
    least = max(program.least_go for program in PROGRAMS)
    needed = f"install Go {least[0]}.{least[1]} or newer (https://go.dev/dl), or Pulumi itself"
    go = shutil.which("go")
    if go is None:
        raise BuildError(f"there is no `pulumi` and no `go` on PATH to build it with: {needed}", REFUSED)
    answer = subprocess.run([go, "version"], capture_output=True, text=True, check=False, env=_environment()).stdout
    found = re.search(r"\bgo(\d+)\.(\d+)", answer)
    if found is None:
        raise BuildError(f"`{go} version` did not say a version: {needed}", REFUSED)
    if (int(found[1]), int(found[2])) < least:
        raise BuildError(f"{go} is Go {found[1]}.{found[2]}, too old to build `pulumi`: {needed}", REFUSED)
    return go


def build(program: Program, go: str) -> None:
    """Compile one program, put it and its scripts into .tools/bin, and note its pins.

    Raises:
        BuildError: Go could not build it; the text ends with Go's last lines.
    """
    unfinished = BIN / f".{program.name}.{os.getpid()}.unfinished"
    print(f"building {program.name} {program.version} from pinned Go modules (once; minutes)", flush=True)
    started = time.monotonic()
    try:
        _run_go([go, "build", "-o", str(unfinished), *program.arguments], program)
        unfinished.chmod(0o755)
        scripts = [_script(program, script, go) for script in program.scripts]
        unfinished.replace(BIN / program.name)
    finally:
        unfinished.unlink(missing_ok=True)
    for script in scripts:
        script.replace(BIN / script.name.removeprefix("."))
    _write_whole(PINS, json.dumps(_pins_of_last_build() | {program.name: program.pins}, indent=1).encode())
    print(f"built {program.name} in {time.monotonic() - started:.0f} s", flush=True)


def _run_go(command: list[str], program: Program) -> None:
    last_lines: deque[str] = deque(maxlen=LINES_OF_A_FAILURE)
    with (
        _Progress(f"building {program.name}", sys.stdout) as progress,
        subprocess.Popen(
            command,
            cwd=program.module_dir,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        reader = threading.Thread(target=lambda: last_lines.extend(process.stdout or ()), daemon=True)
        reader.start()
        try:
            while process.poll() is None:
                progress.show(last_lines[-1].strip() if last_lines else "")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=0.2)
        except BaseException:
            process.kill()
            raise
        reader.join()
    if process.returncode != 0:
        said = "".join(f"\n    {line.rstrip()}" for line in last_lines)
        raise BuildError(f"go build of {program.name} failed (exit {process.returncode}); its last lines:{said}")


def _script(program: Program, script: str, go: str) -> Path:
    """Copy a script of the module to .tools/bin under a name that starts with a dot."""
    command = [go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", program.module]
    found = subprocess.run(
        command, cwd=program.module_dir, env=_environment(), capture_output=True, text=True, check=False
    )
    source = Path(found.stdout.strip()) / script
    if found.returncode != 0 or not source.is_file():
        raise BuildError(f"{program.module} {program.version} has no {script} here: {found.stderr.strip() or source}")
    copy = BIN / f".{source.name}"
    copy.write_bytes(source.read_bytes())
    copy.chmod(0o755)
    return copy


def _environment() -> dict[str, str]:
    # Another Go is not to be downloaded behind the user's back, a workspace around the checkout is none of ours, and
    # neither program needs a C compiler.
    return {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}


def _pins_of_last_build() -> dict[str, str]:
    try:
        read = json.loads(PINS.read_text())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_whole(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    """Let one build at a time into .tools; the system drops the lock with the process, however that ends."""
    BIN.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another build of pulumi is running here; waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _Progress:
    """Shows that something long goes on: one line that moves on a terminal, a line every 10 s elsewhere."""

    def __init__(self, what: str, stream: TextIO) -> None:
        self._what = what
        self._stream = stream
        self._moves = stream.isatty()
        self._started = self._last_shown = time.monotonic()
        self._turn = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._moves:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def show(self, detail: str) -> None:
        now = time.monotonic()
        line = f"{self._what}: {now - self._started:.0f} s  {detail}"
        if self._moves:
            self._turn += 1
            columns = shutil.get_terminal_size().columns
            self._stream.write("\r\x1b[K" + f"{SPINNER[self._turn % len(SPINNER)]} {line}"[: columns - 1])
        elif now - self._last_shown >= HEARTBEAT_SECONDS:
            self._last_shown = now
            self._stream.write(f"{line.rstrip()}\n")
        else:
            return
        self._stream.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
