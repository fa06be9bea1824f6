from __future__ import annotations

import re
from pathlib import Path

import pytest

import opslib.sandbox
from opslib.sandbox.routes import ROUTES

README = (Path(opslib.sandbox.__file__).parent / "README.md").read_text()


def test_its_example_works():
    example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    exec(compile(example, "README.md", "exec"), {})


def test_it_lists_the_control_routes_that_there_are():
    documented = set(re.findall(r"^\| `(GET|POST|DELETE) /_sandbox(/[\w/-]+)` \|", README, re.MULTILINE))
    assert documented == set(ROUTES)


@pytest.mark.parametrize("name", opslib.sandbox.__all__)
def test_it_names_what_the_package_offers(name):
    assert f"`{name}" in README or f" {name}" in README
