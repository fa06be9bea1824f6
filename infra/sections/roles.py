"""Who may take on which role, and what has to be approved by a second person."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from infra.written import Written

__all__ = ["PROCEDURES", "Approval", "People", "Pipeline", "Roles"]

PROCEDURES = ("rollback.service",)
"""The procedures that there are."""

_PRINCIPAL = r"^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9_+=,.@/-]+$"
_ROLE = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$"


class People(Written):
    """Who may take on a role.

    Attributes:
        principals: ARNs of users and roles, of this account or another: each needs MFA.
        sso: Names of permission sets of IAM Identity Center, which asks for MFA itself.
    """

    principals: tuple[Annotated[str, Field(pattern=_PRINCIPAL)], ...] = ()
    sso: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@-]+$", max_length=32)], ...] = ()

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.principals or self.sso):
            raise ValueError("name principals or sso: a role that nobody may take on is none")
        return self


class Pipeline(Written):
    """Which pipeline may take on the role of CI: GitHub Actions, by its OpenID Connect provider in the account.

    Attributes:
        repository: Such as `parcel/platform`.
        environments: Its environments whose jobs may, such as `production`.
    """

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
    environments: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_ -]+$", max_length=255)], ...] = Field(min_length=1)


class Roles(Written):
    """The roles of the stack; one that is not named is not made.

    Attributes:
        viewer: Who may look.
        operator: Who may roll back, hold and approve.
        break_glass: Who may do the same in an emergency; it is told when they take the role on.
        ci: The pipeline.
        task_roles: ARNs of the roles that task definitions of the services hand on; none: any of the account.
    """

    viewer: People | None = None
    operator: People | None = None
    break_glass: People | None = None
    ci: Pipeline | None = None
    task_roles: tuple[Annotated[str, Field(pattern=_ROLE)], ...] = ()


class Approval(Written):
    """What a second person has to say yes to before it changes anything.

    Attributes:
        procedures: Which procedures; none: nothing needs a yes.
        hours: For how long a yes counts.
    """

    procedures: tuple[str, ...] = ()
    hours: int = Field(default=4, ge=1, le=72)

    @field_validator("procedures")
    @classmethod
    def _known(cls, procedures: tuple[str, ...]) -> tuple[str, ...]:
        for name in procedures:
            if name not in PROCEDURES:
                raise ValueError(f"there is no procedure {name}; there is: {', '.join(PROCEDURES)}")
        return procedures
