"""Who made a call, as CloudTrail says it: by the access key that signed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["identity_of"]


def identity_of(account: Account, access_key: str) -> dict[str, Any]:
    """The `userIdentity` of whoever has an access key.

    A key that nobody was given is the IAM user of that name, as GetCallerIdentity says, too.

    Args:
        account: The sandbox's account.
        access_key: The key; empty: the call was not signed.
    """
    own = {"accountId": account.account_id}
    if not access_key:
        return {"type": "Unknown", **own}
    for backend in sts_backends[account.account_id].values():
        session = backend.get_assumed_role_from_access_key(access_key)
        if session is not None:
            return {**_session(session), **own, "accessKeyId": access_key}
    for backend in iam_backends[account.account_id].values():
        for user in backend.users.values():
            if any(key.access_key_id == access_key for key in user.access_keys):
                return {**_user(user.id, user.arn, user.name), **own, "accessKeyId": access_key}
    named = _user(access_key, f"arn:aws:iam::{account.account_id}:user/{access_key}", access_key)
    return {**named, **own, "accessKeyId": access_key}


def _user(identity: str, arn: str, name: str) -> dict[str, Any]:
    return {"type": "IAMUser", "principalId": identity, "arn": arn, "userName": name}


def _session(session: Any) -> dict[str, Any]:
    """A session of a role: whose it is, and since when."""
    principal, name = str(session.user_id), str(session.role_arn).rpartition("/")[2]
    began = session.access_key.create_date
    return {
        "type": "AssumedRole",
        "principalId": principal,
        "arn": session.arn,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal.partition(":")[0],
                "arn": session.role_arn,
                "accountId": session.account_id,
                "userName": name,
            },
            "attributes": {"creationDate": f"{began:%Y-%m-%dT%H:%M:%SZ}", "mfaAuthenticated": "false"},
        },
    }
