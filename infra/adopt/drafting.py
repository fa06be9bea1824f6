"""What is kept while a configuration is drafted: keys that are taken, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass

from infra.adopt.keys import Keys, key_of

__all__ = ["Drafting", "LeftOut"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that runs and is not in the configuration.

    Attributes:
        what: What it is.
        why: Why it is not.
    """

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


class Drafting:
    """What is known so far.

    Args:
        product: What the product is called.
        environment: What the environment is called.

    Attributes:
        left_out: What runs and is not written.
        left_alone: What of a workload is not written although a stack could have it.
    """

    def __init__(self, product: str, environment: str) -> None:
        self.left_out: list[LeftOut] = []
        self.left_alone: list[str] = []
        self._prefixes = (f"{product}-{environment}", product)
        self._keys = Keys()

    def part(self, name: str, otherwise: str) -> str:
        """The key of a part of a workload, such as a target group, which shares its name with nothing else."""
        return key_of(name, self._prefixes, otherwise)

    def key(self, name: str, kind: str, otherwise: str | None = None, *, is_named: bool = True) -> str:
        """The key of a workload, unique among all.

        Args:
            name: What AWS calls it.
            kind: What it is, in one word.
            otherwise: Its key where its name is the product's; None: its kind.
            is_named: Whether people name it after the product, which keys do without; domains keep all they have.
        """
        own = self.part(name, otherwise or kind) if is_named else key_of(name, (), kind)
        return self._keys.unique(own, kind)
