"""A comparison that fails shows its seed."""

from __future__ import annotations

import pytest

from tests.monitoring.reference.comparing import how_again


@pytest.fixture(autouse=True)
def _shown_where_a_test_fails():
    print(how_again())  # noqa: T201  pytest shows it with a failure only
