"""What a database of an instance class can do: read off its name, because no call of RDS's says it.

AWS, "Hardware specifications for DB instance classes": within a family, memory goes with the vCPUs; the small burstable
classes have two vCPUs and less memory.
"""

from __future__ import annotations

__all__ = ["GIB", "capacity_of", "is_burstable"]

GIB = 1024**3

_VCPUS = {"micro": 2, "small": 2, "medium": 2, "large": 2, "xlarge": 4}
_SMALL_GIB = {"micro": 1, "small": 2, "medium": 4}
_GIB_PER_VCPU = {"t": 4, "m": 4, "r": 8, "x": 16, "z": 8, "c": 2}


def capacity_of(instance_class: str) -> tuple[float, float] | None:
    """The vCPUs and the bytes of memory of a class.

    Args:
        instance_class: `db.t4g.medium` and the like.

    Returns:
        None for a class whose name says neither.
    """
    _, _, rest = instance_class.partition(".")
    family, _, size = rest.partition(".")
    vcpus = _vcpus(size)
    per_vcpu = _GIB_PER_VCPU.get(family[:1])
    if vcpus is None or per_vcpu is None:
        return None
    return vcpus, _SMALL_GIB.get(size, vcpus * per_vcpu) * GIB


def is_burstable(instance_class: str) -> bool:
    """Whether it earns and spends CPU credits."""
    return instance_class.startswith("db.t")


def _vcpus(size: str) -> float | None:
    number = size.removesuffix("xlarge")
    return 4.0 * int(number) if size.endswith("xlarge") and number.isdigit() else _VCPUS.get(size)
