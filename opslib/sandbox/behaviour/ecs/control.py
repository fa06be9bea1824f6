"""The control route `POST /_sandbox/conduct`: a revision or an image is bad from now on, or good again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from opslib.sandbox.behaviour.ecs.conduct import Conduct

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["Conducts", "SetConduct", "set_conduct"]


class SetConduct(BaseModel):
    """How something conducts itself from now on.

    Attributes:
        of: A task definition's ARN, its family, an image as containers name it, or an image's digest.
        conduct: How; None: well again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str = Field(min_length=1)
    conduct: Conduct | None = None


class Conducts(BaseModel):
    """What was said of task definitions, families, images and digests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conducts: dict[str, Conduct]


def set_conduct(account: Account, body: bytes) -> Conducts:
    """`POST /_sandbox/conduct`: tasks that run already follow at once."""
    from opslib.sandbox.behaviour.ecs.task_life import conduct_changed
    from opslib.sandbox.behaviour.ecs.world import CONDUCTS, worlds_of

    wanted = SetConduct.model_validate_json(body)
    with account.schedule.lock:
        said: dict[str, Conduct] = account.record(CONDUCTS)
        said.pop(wanted.of, None)
        if wanted.conduct is not None:
            said[wanted.of] = wanted.conduct
        for world in worlds_of(account):
            for task in list(world.tasks.values()):
                conduct_changed(world, task, world.now())
        return Conducts(conducts=said)
