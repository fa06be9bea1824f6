"""IAM: roles and their inline policies."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.provider.codecs import Document, Many, Pluck
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, Reconcile, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, is_json, within
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_ROLE = {"RoleName": "{id}"}
_ATTACHED = Field("managedPolicyArns", "", Many(Pluck("PolicyArn"), unordered=True), live="Attached", computed=True)

ROLE = ResourceType(
    token="aws:iam/role:Role",  # noqa: S106 - Pulumi's word for a type's name
    service="iam",
    fields=(
        Field("name", "RoleName"),
        Field("path", "Path", default="/"),
        Field("assumeRolePolicy", "AssumeRolePolicyDocument", Document(policy=True)),
        Field("description", "Description"),
        Field("maxSessionDuration", "MaxSessionDuration", default=3600),
        Field("permissionsBoundary", "PermissionsBoundary", live="PermissionsBoundary.PermissionsBoundaryArn"),
        Field("forceDetachPolicies", "", default=False),
        _ATTACHED,
    ),
    create=Call("create_role"),
    changes=(
        Change(
            call=Call("update_assume_role_policy", _ROLE),
            fields=(Field("assumeRolePolicy", "PolicyDocument"),),
        ),
        Change(
            call=Call("update_role", _ROLE),
            fields=(Field("description", "Description"), Field("maxSessionDuration", "MaxSessionDuration")),
        ),
        Change(
            call=Call("put_role_permissions_boundary", _ROLE),
            fields=(Field("permissionsBoundary", "PermissionsBoundary"),),
            otherwise=Call("delete_role_permissions_boundary", _ROLE),
        ),
    ),
    reconciles=(
        Reconcile(
            field=_ATTACHED,
            add=Call("attach_role_policy", {**_ROLE, "PolicyArn": "{item}"}),
            remove=Call("detach_role_policy", {**_ROLE, "PolicyArn": "{item}"}),
            at_create=True,
            before_delete=True,
        ),
    ),
    delete=Call("delete_role", _ROLE),
    lookups=(
        Lookup(call=Call("get_role", _ROLE), at="Role"),
        Lookup(
            call=Call("list_attached_role_policies", _ROLE),
            at="AttachedPolicies",
            every=True,
            into="Attached",
        ),
    ),
    identity="{name}",
    outputs={"arn": "{live.Arn}", "uniqueId": "{live.RoleId}"},
    replace_on=frozenset({"name", "path"}),  # ForceNew; UpdateRole changes neither
    autoname="",
    tags=Tagging(
        path="Tags",
        tag=Call("tag_role", {**_ROLE, "Tags": "{tags}"}),
        untag=Call("untag_role", {**_ROLE, "TagKeys": "{keys}"}),
        listing=Call("list_role_tags", _ROLE),
    ),
    rules=(
        is_json("assumeRolePolicy"),
        arns("permissionsBoundary", "managedPolicyArns"),
        within("maxSessionDuration", 3600, 43200),
    ),
    regional=False,
)


def _policy_size(inputs: Known) -> Iterator[CheckFailure]:
    written = "".join(inputs.get("policy", "").split())
    if len(written) > 10_240:  # noqa: PLR2004 - IAM: all inline policies of a role together, without white space
        yield CheckFailure("policy", f"has {len(written)} characters; AWS takes 10240 for all of a role together")


ROLE_POLICY = ResourceType(
    token="aws:iam/rolePolicy:RolePolicy",  # noqa: S106 - a type's name
    service="iam",
    fields=(
        Field("name", "PolicyName"),
        Field("role", "RoleName"),
        Field("policy", "PolicyDocument", Document(policy=True)),
    ),
    create=Call("put_role_policy"),
    update={},
    delete=Call("delete_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}),
    lookups=(Lookup(call=Call("get_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"})),),
    identity="{role}:{name}",
    replace_on=frozenset({"name", "role"}),  # ForceNew; both are what PutRolePolicy identifies it by
    autoname="",
    rules=(is_json("policy"), _policy_size),
    regional=False,
)

_ATTACHMENT = {"RoleName": "{role}", "PolicyArn": "{policyArn}"}

ROLE_POLICY_ATTACHMENT = ResourceType(
    token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",  # noqa: S106 - a type's name
    service="iam",
    fields=(Field("role", "RoleName", live="-"), Field("policyArn", "PolicyArn")),
    create=Call("attach_role_policy"),
    delete=Call("detach_role_policy", _ATTACHMENT),
    lookups=(
        Lookup(
            call=Call("list_attached_role_policies", {"RoleName": "{role}"}),
            at="AttachedPolicies",
            where={"PolicyArn": "{policyArn}"},
        ),
    ),
    identity="{role}/{policyArn}",
    replace_on=frozenset({"role", "policyArn"}),  # ForceNew; it is nothing else
    rules=(arns("policyArn"),),
    regional=False,
)

ROWS = (ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT)
