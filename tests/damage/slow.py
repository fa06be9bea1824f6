"""A dump whose restore takes long: the index on a function that sleeps has to be built anew."""

from __future__ import annotations

from random import Random

from tests.damage.dumps import DumpTrial

__all__ = ["in_time", "too_slow"]

SLOW = """
create function public.slow(int) returns int language sql immutable as 'select $1';
create table late (id int);
insert into late values (1);
create index on late (public.slow(id));
create or replace function public.slow(int) returns int language plpgsql immutable as
  'begin perform pg_sleep({seconds}); return $1; end';
"""


def too_slow(trial: DumpTrial, chance: Random) -> str:
    """A restore that lasts longer than it may."""
    rto_seconds = _rto_seconds(trial)
    seconds = rto_seconds + chance.random()
    _dump(trial, seconds)
    return f"an index takes {seconds:.1f} s to be built, with an RTO of {rto_seconds:.1f} s"


def in_time(trial: DumpTrial) -> None:
    """The same index, with nothing to wait for."""
    _rto_seconds(trial)
    _dump(trial, 0)


def _rto_seconds(trial: DumpTrial) -> float:
    """Several times what a restore takes on this machine, for it has other things to do."""
    trial.options["rto_seconds"] = 3600
    rto = next(finding for finding in trial.judge() if finding.check == "rto")
    trial.options["rto_seconds"] = 4 * float(rto.facts["restore_seconds"]) + 3
    return float(trial.options["rto_seconds"])


def _dump(trial: DumpTrial, seconds: float) -> None:
    with trial.cluster.changed(SLOW.format(seconds=seconds)):
        trial.path = trial.take(trial.path.with_name("slow"))
