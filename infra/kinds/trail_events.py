"""What a trail writes that somebody should know of: a pattern for each, over the trail's log group.

The patterns follow the CIS AWS Foundations Benchmark (section "Monitoring"), whose lists of calls are shortened here by
wildcards where a whole family of calls is meant, and go beyond it for what protects this product's own promises: the
trail itself, keys and backups. All of them are counted where the trail's log group is: a trail of all regions writes
what happens in any of them, and what has no region, into one.
"""

from __future__ import annotations

from dataclasses import dataclass

from opslib.monitoring import Band

__all__ = ["TRAIL_EVENTS", "TrailEvent"]


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """Something that a trail writes.

    Attributes:
        key: Its name in the kind's table; its alarm is called so with hyphens.
        metric: The metric that counts it.
        title: What it is, in a clause.
        pattern: The filter pattern.
        band: From how many in five minutes on.
        why: Why so many.
        is_incident: Whether it is the sign of a breach and pages; else it informs.
    """

    key: str
    metric: str
    title: str
    pattern: str
    band: Band
    why: str
    is_incident: bool = False


def _calls(source: str, *names: str, besides: str = "") -> str:
    """Calls of one service; a name may end in a wildcard."""
    joined = " || ".join(f'$.eventName = "{name}"' for name in names)
    return f'{{ $.eventSource = "{source}.amazonaws.com" && ({joined}){besides} }}'


_NOT_BY_AWS = " && $.userIdentity.invokedBy NOT EXISTS"
"""What one service of AWS does through another on somebody's behalf is told by the call that asked for it."""

_ANY = Band(warning=0)
_ANY_PAGES = Band(critical=0)

TRAIL_EVENTS: tuple[TrailEvent, ...] = (
    TrailEvent(
        "root_use",
        "RootUse",
        "The root user was used",
        f'{{ $.userIdentity.type = "Root"{_NOT_BY_AWS} && $.eventType != "AwsServiceEvent" }}',
        _ANY_PAGES,
        "daily work never needs the root user; CIS asks to be told of each use",
        is_incident=True,
    ),
    TrailEvent(
        "trail_tampering",
        "TrailTampering",
        "The trail was stopped or changed",
        _calls("cloudtrail", "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"),
        _ANY_PAGES,
        "what comes after it is not recorded; a deployment that changes the trail is announced",
        is_incident=True,
    ),
    TrailEvent(
        "key_deletion",
        "KeyDeletion",
        "A key was disabled or is to be deleted",
        _calls("kms", "DisableKey", "ScheduleKeyDeletion"),
        _ANY_PAGES,
        "without its key nothing that it encrypts can be read again, backups included",
        is_incident=True,
    ),
    TrailEvent(
        "backup_tampering",
        "BackupTampering",
        "Backups were deleted, or what protects them",
        _calls(
            "backup",
            "DeleteRecoveryPoint",
            "DeleteBackupVault*",
            "DeleteBackupPlan",
            "DeleteBackupSelection",
            "PutBackupVaultAccessPolicy",
            "UpdateRecoveryPointLifecycle",
        ),
        _ANY_PAGES,
        "recovery points end by their lifecycle, which is no call; who deletes one wants it gone",
        is_incident=True,
    ),
    TrailEvent(
        "failed_sign_ins",
        "FailedSignIns",
        "Sign-ins to the console fail",
        '{ $.eventName = "ConsoleLogin" && $.errorMessage = "Failed authentication" }',
        Band(warning=2, critical=20),
        "people mistype once or twice; twenty in five minutes are somebody who tries passwords",
        is_incident=True,
    ),
    TrailEvent(
        "sign_in_without_mfa",
        "SignInWithoutMfa",
        "A user signed in without a second factor",
        '{ $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" && $.userIdentity.type = "IAMUser"'
        ' && $.responseElements.ConsoleLogin = "Success" }',
        _ANY,
        "a password alone is what is stolen; CIS asks to be told of each",
    ),
    TrailEvent(
        "refused_calls",
        "RefusedCalls",
        "Many calls are refused",
        '{ $.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*" }',
        Band(warning=50),
        "a missing permission is a few refusals; fifty in five minutes are a broken role, or somebody who looks around",
    ),
    TrailEvent(
        "iam_changes",
        "IamChanges",
        "Users, roles or policies were changed",
        _calls(
            "iam",
            "Add*",
            "Attach*",
            "Create*",
            "Delete*",
            "Detach*",
            "Put*",
            "Remove*",
            "SetDefaultPolicyVersion",
            "Update*",
            besides=_NOT_BY_AWS,
        ),
        _ANY,
        "it may be a deployment; somebody should know that it was",
    ),
    TrailEvent(
        "security_group_changes",
        "SecurityGroupChanges",
        "A security group was changed",
        _calls(
            "ec2",
            "AuthorizeSecurityGroup*",
            "RevokeSecurityGroup*",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
            "ModifySecurityGroupRules",
        ),
        _ANY,
        "it may be a deployment; a door that was opened by hand stays open",
    ),
    TrailEvent(
        "network_changes",
        "NetworkChanges",
        "Routes, gateways or network ACLs were changed",
        _calls(
            "ec2",
            "CreateNetworkAcl*",
            "DeleteNetworkAcl*",
            "ReplaceNetworkAcl*",
            "CreateRoute*",
            "DeleteRoute*",
            "ReplaceRoute*",
            "AttachInternetGateway",
            "DetachInternetGateway",
            "CreateVpcPeeringConnection",
            "AcceptVpcPeeringConnection",
            "ModifyVpcAttribute",
            "DeleteVpc",
        ),
        _ANY,
        "it may be a deployment; a route that was changed by hand is found last",
    ),
    TrailEvent(
        "bucket_policy_changes",
        "BucketPolicyChanges",
        "Who may read a bucket was changed",
        _calls(
            "s3",
            "PutBucketPolicy",
            "DeleteBucketPolicy",
            "PutBucketAcl",
            "PutBucketPublicAccessBlock",
            "DeleteBucketPublicAccessBlock",
            "PutAccountPublicAccessBlock",
        ),
        _ANY,
        "it may be a deployment; a bucket that became public is read within hours",
    ),
    TrailEvent(
        "detection_changes",
        "DetectionChanges",
        "What detects was changed or switched off",
        '{ ($.eventSource = "config.amazonaws.com" || $.eventSource = "guardduty.amazonaws.com" || '
        '$.eventSource = "securityhub.amazonaws.com") && ($.eventName = "Stop*" || $.eventName = "Delete*" || '
        '$.eventName = "Disable*" || $.eventName = "Disassociate*" || $.eventName = "UpdateDetector") }',
        _ANY,
        "AWS Config, GuardDuty and Security Hub are switched off by people who plan it, or by people who hide",
    ),
)
"""Every event, the incidents first."""
