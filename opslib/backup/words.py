"""Figures as people say them."""

from __future__ import annotations

__all__ = ["duration"]

MINUTE, HOUR, DAY = 60, 3600, 86400


def duration(seconds: float) -> str:
    """A time span as people say it: `0.34 s`, `12 min 5 s`, `4 h`, `7 d 2 h`."""
    if seconds < MINUTE:
        return f"{seconds:.3g} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004  two digits are enough
    whole = round(seconds)
    parts = ((whole // DAY, "d"), (whole % DAY // HOUR, "h"), (whole % HOUR // MINUTE, "min"), (whole % MINUTE, "s"))
    first = next(number for number, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount)
