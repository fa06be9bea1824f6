"""AWS Backup: vaults with their locks and policies, plans and what they select, and tests of restores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opslib.sandbox.provider.codecs import PLAIN, Document, KeyId, Many, Plain, Trail
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging, under
from opslib.sandbox.provider.rows.rules import arns, is_json, matching
from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["ROWS"]

_NAMED = {"BackupVaultName": "{id}"}


def _tagging(path: str) -> Tagging:
    return Tagging(
        path=path,
        pair=(),
        tag=Call("tag_resource", {"ResourceArn": "{arn}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceArn": "{arn}", "TagKeyList": "{keys}"}),
        listing=Call("list_tags", {"ResourceArn": "{arn}"}),
    )


VAULT = ResourceType(
    token="aws:backup/vault:Vault",  # noqa: S106 - Pulumi's word for a type's name
    service="backup",
    fields=(
        Field("name", "BackupVaultName"),
        Field("kmsKeyArn", "EncryptionKeyArn", KeyId(), computed=True),
        Field("forceDestroy", "", default=False),
    ),
    create=Call("create_backup_vault"),
    delete=Call("delete_backup_vault", _NAMED),
    lookups=(Lookup(call=Call("describe_backup_vault", _NAMED)),),
    identity="{name}",
    outputs={"arn": "{live.BackupVaultArn}", "recoveryPoints": "{live.NumberOfRecoveryPoints}"},
    replace_on=frozenset({"name", "kmsKeyArn"}),  # ForceNew; no operation changes either
    autoname="",
    tags=_tagging("BackupVaultTags"),
    rules=(matching("name", r"[A-Za-z0-9_-]{2,50}", "2 to 50 letters, digits, _ and -"), arns("kmsKeyArn")),
)


def _days(inputs: Known) -> Iterator[CheckFailure]:
    least, most = inputs.get("minRetentionDays"), inputs.get("maxRetentionDays")
    if least is not None and least < 1:
        yield CheckFailure("minRetentionDays", f"is {least:g}; AWS takes 1 day and more")
    if most is not None and most > 36_500:  # noqa: PLR2004 - days, of AWS's
        yield CheckFailure("maxRetentionDays", f"is {most:g}; AWS takes 36500 days at most")
    if least is not None and most is not None and least > most:
        yield CheckFailure("minRetentionDays", f"is {least:g}, more than the {most:g} of maxRetentionDays")
    grace = inputs.get("changeableForDays")
    if grace is not None and grace < 3:  # noqa: PLR2004 - days, of AWS's
        yield CheckFailure("changeableForDays", f"is {grace:g}; AWS takes 3 days and more")


VAULT_LOCK = ResourceType(
    token="aws:backup/vaultLockConfiguration:VaultLockConfiguration",  # noqa: S106 - a type's name
    service="backup",
    fields=(
        Field("backupVaultName", "BackupVaultName"),
        Field("changeableForDays", "ChangeableForDays", live="-"),
        Field("maxRetentionDays", "MaxRetentionDays"),
        Field("minRetentionDays", "MinRetentionDays"),
    ),
    create=Call("put_backup_vault_lock_configuration"),
    delete=Call("delete_backup_vault_lock_configuration", _NAMED),
    lookups=(Lookup(call=Call("describe_backup_vault", _NAMED), where={"Locked": True}),),
    identity="{backupVaultName}",
    outputs={"backupVaultArn": "{live.BackupVaultArn}"},
    # All ForceNew: the schema has no update.
    replace_on=frozenset({"backupVaultName", "changeableForDays", "maxRetentionDays", "minRetentionDays"}),
    rules=(_days,),
)

VAULT_POLICY = ResourceType(
    token="aws:backup/vaultPolicy:VaultPolicy",  # noqa: S106 - a type's name
    service="backup",
    fields=(Field("backupVaultName", "BackupVaultName"), Field("policy", "Policy", Document(policy=True))),
    create=Call("put_backup_vault_access_policy"),
    update={},
    delete=Call("delete_backup_vault_access_policy", _NAMED),
    lookups=(Lookup(call=Call("get_backup_vault_access_policy", _NAMED)),),
    identity="{backupVaultName}",
    outputs={"backupVaultArn": "{live.BackupVaultArn}"},
    replace_on=frozenset({"backupVaultName"}),  # ForceNew
    rules=(is_json("policy"),),
)

_LIFECYCLE = Record(
    (
        Field("coldStorageAfter", "MoveToColdStorageAfterDays"),
        Field("deleteAfter", "DeleteAfterDays"),
        Field("optInToArchiveForSupportedResources", "OptInToArchiveForSupportedResources", computed=True),
    )
)
_RULE = Record(
    (
        Field("ruleName", "RuleName"),
        Field("targetVaultName", "TargetBackupVaultName"),
        Field("schedule", "ScheduleExpression"),
        Field("scheduleExpressionTimezone", "ScheduleExpressionTimezone", default="Etc/UTC"),
        Field("startWindow", "StartWindowMinutes", default=60),
        Field("completionWindow", "CompletionWindowMinutes", default=180),
        Field("enableContinuousBackup", "EnableContinuousBackup"),
        Field("lifecycle", "Lifecycle", _LIFECYCLE),
        Field("recoveryPointTags", "RecoveryPointTags"),
        Field(
            "copyActions",
            "CopyActions",
            Many(
                Record(
                    (
                        Field("destinationVaultArn", "DestinationBackupVaultArn"),
                        Field("lifecycle", "Lifecycle", _LIFECYCLE),
                    )
                ),
                unordered=True,
                key="destinationVaultArn",
            ),
        ),
    )
)
_PLAN_FIELDS = (
    Field("name", "BackupPlan.BackupPlanName"),
    Field("rules", "BackupPlan.Rules", Many(_RULE, unordered=True, key="ruleName")),
)


def _schedules(inputs: Known) -> Iterator[CheckFailure]:
    for index, rule in enumerate(inputs.get("rules", ())):
        schedule = rule.get("schedule") if isinstance(rule, dict) else None
        if isinstance(schedule, str) and not (schedule.startswith("cron(") and schedule.endswith(")")):
            yield CheckFailure(f"rules[{index}].schedule", f"is {schedule!r}; AWS Backup takes cron(…)")


PLAN = ResourceType(
    token="aws:backup/plan:Plan",  # noqa: S106 - a type's name
    service="backup",
    fields=_PLAN_FIELDS,
    create=Call("create_backup_plan"),
    changes=(
        Change(call=Call("update_backup_plan", {"BackupPlanId": "{id}"}), fields=_PLAN_FIELDS, on=frozenset({"rules"})),
    ),
    delete=Call("delete_backup_plan", {"BackupPlanId": "{id}"}),
    lookups=(Lookup(call=Call("get_backup_plan", {"BackupPlanId": "{id}"})),),
    search=Lookup(call=Call("list_backup_plans"), at="BackupPlansList", where={"BackupPlanName": "{name}"}),
    identity_at="BackupPlanId",
    outputs={"arn": "{live.BackupPlanArn}", "version": "{live.VersionId}"},
    replace_on=frozenset({"name"}),  # ForceNew
    autoname="",
    tags=_tagging("BackupPlanTags"),
    rules=(matching("name", r"[A-Za-z0-9._-]{1,50}", "1 to 50 letters, digits, . _ and -"), _schedules),
)


@dataclass(frozen=True, slots=True)
class _Only(Plain):
    """A list of one element, which AWS takes as the element itself."""

    item: Plain = PLAIN

    def encode(self, value: Any, trail: Trail) -> Any:
        """The element."""
        return value if value is UNKNOWN else self.item.encode(value[0], trail.into((), "[0]"))

    def decode(self, live: Any) -> Any:
        """As a list; nothing where it has no content."""
        decoded = self.item.decode(live)
        return [decoded] if decoded else None

    def same(self, one: Any, other: Any) -> bool:
        """By the element."""
        return bool(one) == bool(other) and (not one or self.item.same(one[0], other[0]))

    def adopt(self, wanted: Any, live: Any) -> Any:
        """By the element."""
        return [self.item.adopt(wanted[0], live[0])] if wanted and live else live


_CONDITION = Many(Record((Field("key", "ConditionKey"), Field("value", "ConditionValue"))), unordered=True)
_CONDITIONS = Record(
    (
        Field("stringEquals", "StringEquals", _CONDITION),
        Field("stringNotEquals", "StringNotEquals", _CONDITION),
        Field("stringLikes", "StringLike", _CONDITION),
        Field("stringNotLikes", "StringNotLike", _CONDITION),
    )
)
_TAG = Record((Field("type", "ConditionType"), Field("key", "ConditionKey"), Field("value", "ConditionValue")))


def _selects(inputs: Known) -> Iterator[CheckFailure]:
    if not inputs.sets("resources", "selectionTags"):
        yield CheckFailure("resources", "or selectionTags is required by AWS")


SELECTION = ResourceType(
    token="aws:backup/selection:Selection",  # noqa: S106 - a type's name
    service="backup",
    fields=(
        Field("planId", "BackupPlanId"),
        *under(
            "BackupSelection",
            (
                Field("name", "SelectionName"),
                Field("iamRoleArn", "IamRoleArn"),
                Field("resources", "Resources", Many(unordered=True)),
                Field("notResources", "NotResources", Many(unordered=True), computed=True),
                Field("selectionTags", "ListOfTags", Many(_TAG, unordered=True)),
                Field("conditions", "Conditions", _Only(_CONDITIONS), computed=True),
            ),
        ),
    ),
    create=Call("create_backup_selection"),
    delete=Call("delete_backup_selection", {"BackupPlanId": "{planId}", "SelectionId": "{id}"}),
    lookups=(Lookup(call=Call("get_backup_selection", {"BackupPlanId": "{planId}", "SelectionId": "{id}"})),),
    search=Lookup(
        call=Call("list_backup_selections", {"BackupPlanId": "{planId}"}),
        at="BackupSelectionsList",
        where={"SelectionName": "{name}"},
    ),
    identity_at="SelectionId",
    # All ForceNew: AWS has no operation that changes a selection.
    replace_on=frozenset({"planId", "name", "iamRoleArn", "resources", "notResources", "selectionTags", "conditions"}),
    autoname="",
    rules=(
        matching("name", r"[A-Za-z0-9._-]{1,50}", "1 to 50 letters, digits, . _ and -"),
        arns("iamRoleArn"),
        _selects,
    ),
)

_TESTING = {"RestoreTestingPlanName": "{id}"}
_TESTING_NAME = (r"[A-Za-z0-9_]{1,50}", "1 to 50 letters, digits and _")
_POINTS = Record(
    (
        Field("algorithm", "Algorithm"),
        Field("includeVaults", "IncludeVaults", Many(unordered=True)),
        Field("excludeVaults", "ExcludeVaults", Many(unordered=True), computed=True),
        Field("recoveryPointTypes", "RecoveryPointTypes", Many(unordered=True)),
        Field("selectionWindowDays", "SelectionWindowDays", computed=True),
    )
)
_TESTING_FIELDS = under(
    "RestoreTestingPlan",
    (
        Field("recoveryPointSelection", "RecoveryPointSelection", _POINTS),
        Field("scheduleExpression", "ScheduleExpression"),
        Field("scheduleExpressionTimezone", "ScheduleExpressionTimezone", computed=True),
        Field("startWindowHours", "StartWindowHours", computed=True),
    ),
)

RESTORE_TESTING_PLAN = ResourceType(
    token="aws:backup/restoreTestingPlan:RestoreTestingPlan",  # noqa: S106 - a type's name
    service="backup",
    fields=(Field("name", "RestoreTestingPlan.RestoreTestingPlanName"), *_TESTING_FIELDS),
    create=Call("create_restore_testing_plan"),
    changes=(Change(call=Call("update_restore_testing_plan", _TESTING), fields=_TESTING_FIELDS),),
    delete=Call("delete_restore_testing_plan", _TESTING),
    lookups=(Lookup(call=Call("get_restore_testing_plan", _TESTING)),),
    identity="{name}",
    outputs={"arn": "{live.RestoreTestingPlan.RestoreTestingPlanArn}"},
    replace_on=frozenset({"name"}),  # ForceNew; it is what UpdateRestoreTestingPlan identifies it by
    autoname="",
    tags=_tagging("Tags"),
    rules=(matching("name", *_TESTING_NAME),),
)

_TEST = {"RestoreTestingPlanName": "{restoreTestingPlanName}", "RestoreTestingSelectionName": "{name}"}
_PAIR = Many(Record((Field("key", "Key"), Field("value", "Value"))), unordered=True)
_SELECTED_FIELDS = under(
    "RestoreTestingSelection",
    (
        Field("iamRoleArn", "IamRoleArn"),
        Field("protectedResourceArns", "ProtectedResourceArns", Many(unordered=True), computed=True),
        Field(
            "protectedResourceConditions",
            "ProtectedResourceConditions",
            Record((Field("stringEquals", "StringEquals", _PAIR), Field("stringNotEquals", "StringNotEquals", _PAIR))),
        ),
        Field("restoreMetadataOverrides", "RestoreMetadataOverrides", computed=True),
        Field("validationWindowHours", "ValidationWindowHours", computed=True),
    ),
)

RESTORE_TESTING_SELECTION = ResourceType(
    token="aws:backup/restoreTestingSelection:RestoreTestingSelection",  # noqa: S106 - a type's name
    service="backup",
    fields=(
        Field(
            "restoreTestingPlanName", "RestoreTestingPlanName", live="RestoreTestingSelection.RestoreTestingPlanName"
        ),
        Field("name", "RestoreTestingSelection.RestoreTestingSelectionName"),
        Field("protectedResourceType", "RestoreTestingSelection.ProtectedResourceType"),
        *_SELECTED_FIELDS,
    ),
    create=Call("create_restore_testing_selection"),
    changes=(Change(call=Call("update_restore_testing_selection", _TEST), fields=_SELECTED_FIELDS),),
    delete=Call("delete_restore_testing_selection", _TEST),
    lookups=(Lookup(call=Call("get_restore_testing_selection", _TEST)),),
    identity="{name}:{restoreTestingPlanName}",
    replace_on=frozenset({"name", "restoreTestingPlanName", "protectedResourceType"}),  # ForceNew; no call changes them
    autoname="",
    rules=(matching("name", *_TESTING_NAME), arns("iamRoleArn")),
)

ROWS = (VAULT, VAULT_LOCK, VAULT_POLICY, PLAN, SELECTION, RESTORE_TESTING_PLAN, RESTORE_TESTING_SELECTION)
