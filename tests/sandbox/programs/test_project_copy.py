"""The copy of a Pulumi project in which the CLI may write: what is refused before the CLI is asked."""

from __future__ import annotations

import pytest
import yaml

from opslib.errors import BadRequest
from opslib.sandbox.programs.project_copy import copy_project


def test_a_users_secret_cannot_be_read_and_each_is_named(tmp_path):
    stack = {"config": {"token": {"secure": "AAA"}, "deep": {"er": [{"secure": "BBB"}]}, "shop:given": {"secure": "C"}}}
    (tmp_path / "Pulumi.yaml").write_text("name: shop")
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(stack))
    (tmp_path / "copy").mkdir()

    with pytest.raises(BadRequest, match=r"Pulumi\.dev\.yaml holds secrets .*: shop:deep, shop:token: give a value"):
        copy_project(tmp_path, tmp_path / "copy", stack="dev", stack_file=None, replaced_secrets=["given"])


@pytest.mark.parametrize(
    ("settings", "said"),
    [(None, "has no Pulumi.yaml"), ("runtime: python", "gives the project no name"), ("a: [", "cannot be read")],
)
def test_a_project_that_is_none_is_refused(tmp_path, settings, said):
    if settings is not None:
        (tmp_path / "Pulumi.yaml").write_text(settings)
    (tmp_path / "copy").mkdir()

    with pytest.raises(BadRequest, match=said):
        copy_project(tmp_path, tmp_path / "copy", stack="dev", stack_file=None, replaced_secrets=())
