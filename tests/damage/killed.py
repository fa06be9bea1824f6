"""Runs that are killed with SIGKILL in the middle, and what the next run finds and leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from opslib.backup.evidence import read_entries, read_report
from opslib.backup.leftovers import LEFTOVERS
from opslib.backup.verdict import Finding
from tests.damage.cluster import Cluster
from tests.damage.ground import Ground
from tests.damage.row import Findings, Scene

__all__ = ["KILLED", "KilledTrial"]

PROGRAM = """
import sys
from pathlib import Path
from opslib.backup import read_config, take, verify
config = read_config(Path(sys.argv[1]))
for action in sys.argv[2:]:
    run = {"take": take, "verify": verify}[action](config, "shop")
    print(run.verdict, flush=True)
"""
WAIT_SECONDS = 60
MOST_RUNS = 5
PROGRAM_LEFT = "a process"


@dataclass
class KilledTrial:
    """A source with one proven backup, whose next run is killed.

    Attributes:
        cluster: The server.
        place: Where backups and evidence are.
        temporary: The runs' temporary directory.
        left: What the killed run has left.
        alive: A run that goes on, in the twin.
    """

    cluster: Cluster
    place: Path
    temporary: Path
    left: list[str] = field(default_factory=list)
    alive: subprocess.Popen[str] | None = None

    def start(self, *actions: str) -> subprocess.Popen[str]:
        """Start a run in a process of its own."""
        variables = os.environ | {"TMPDIR": str(self.temporary), "SHOP_DSN": self.cluster.conninfo()}
        command = [sys.executable, "-c", PROGRAM, str(self.place / "backup.toml"), *actions]
        return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *actions: str) -> list[str]:
        """Its verdicts."""
        output, complaints = self.start(*actions).communicate()
        if output.count("\n") != len(actions):
            raise RuntimeError(complaints.strip().rpartition("\n")[2])
        return output.split("\n")[:-1]

    def leftovers(self) -> list[str]:
        """Half backups, scratch directories, and programs that work in them."""
        half = [path.name for path in (self.place / "backups/shop").glob(".partial-*")]
        scratch = [path.name for path in self.temporary.glob("opslib-*/*") if path.is_dir()]
        working = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                where = str((process / "cwd").readlink())
                name = (process / "comm").read_text(encoding="utf-8").strip()
            except OSError:
                continue
            if where.startswith((str(self.temporary), str(self.place / "backups"))):
                working.append(f"{PROGRAM_LEFT} {name}")
        return [*half, *scratch, *sorted(set(working))]

    def judge(self) -> Findings:
        """What the next runs report and leave, which take a backup and verify it; and the proven one is still there."""
        if self.alive is not None:
            return self._not_disturbed()
        first = min(path.name for path in (self.place / "backups/shop").iterdir() if path.name[0] != ".")
        verdicts = self.run("take", "verify")
        still = self.leftovers()
        found = (self.place / "backups/shop" / first).is_dir() and verdicts == ["proven", "proven"]
        if not found or still:
            says = f"after the next run: {verdicts}, {still or 'a backup is gone'}"
            return (Finding(LEFTOVERS, "not checked", says),)
        told = self.told()
        missing = [name for name in self.left if not name.startswith(PROGRAM_LEFT) and name not in told]
        if not self.left or missing:
            says = f"it does not say that {', '.join(missing)} was left" if missing else "nothing was left"
            return (Finding(LEFTOVERS, "proven", says),)
        return (Finding(LEFTOVERS, "disproven", f"the next report: {told}; all is gone, the earlier backup is there"),)

    def told(self) -> str:
        """What the reports say of what was left; nothing where they do not."""
        evidence = self.place / "evidence"
        reports = [read_report(evidence, entry) for entry in read_entries(evidence)]
        return "; ".join(each.says for report in reports for each in report.findings if each.check == LEFTOVERS)

    def _not_disturbed(self) -> Findings:
        from opslib.backup.scratch import Swept, sweep

        alive = self.alive
        assert alive is not None
        swept: list[Swept] = []
        while alive.poll() is None:
            swept += sweep(self.temporary)
            time.sleep(0.1)
        output, _ = alive.communicate()
        fine = output == "proven\n" and not swept and not self.told()
        says = f"a living run: {output.strip()}, swept {swept}, {self.told() or 'nothing is said'}"
        return (Finding(LEFTOVERS, "proven" if fine else "disproven", says),)

    def is_damaged(self) -> bool:
        """It is, wherever this is asked."""
        return True


def kill(trial: KilledTrial, chance: Random, *, action: str) -> str:
    """A run, soon after it has begun to leave something; another one, where it was done before it could be killed."""
    for _ in range(MOST_RUNS):
        process = trial.start(action)
        deadline = time.monotonic() + WAIT_SECONDS
        while not trial.leftovers() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        after = chance.uniform(0, 0.2)
        time.sleep(after)
        process.kill()
        process.communicate()
        trial.left = trial.leftovers()
        if trial.left:
            break
    return f"{action} killed {after:.2f} s after it had begun"


def live(trial: KilledTrial) -> None:
    """A run that goes on while another one sweeps."""
    trial.alive = trial.start("verify")
    deadline = time.monotonic() + WAIT_SECONDS
    while not list(trial.temporary.glob("opslib-*/postgres-*")) and time.monotonic() < deadline:
        time.sleep(0.005)


@contextmanager
def _opened(ground: Ground, place: Path, major: int) -> Iterator[KilledTrial]:
    temporary = Path(tempfile.mkdtemp(prefix="k", dir=ground.root))
    temporary.chmod(0o711)
    trial = KilledTrial(ground.cluster(major), place, temporary)
    config = 'environment = "test"\n[sources.shop]\nkind = "postgres"\ndsn_variable = "SHOP_DSN"\n'
    (place / "backup.toml").write_text(config, encoding="utf-8")
    try:
        if trial.run("take", "verify") != ["proven", "proven"]:
            raise RuntimeError("the sound backup is not proven")
        yield trial
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


KILLED = Scene("a source whose run is killed", _opened)
