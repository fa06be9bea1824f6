"""Operations that moto does not have at all, and ours that answer them, by the file that does."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["LACKING"]

LACKING: Mapping[str, tuple[str, ...]] = {
    "gaps/application_autoscaling.py": (
        "application-autoscaling:DescribeScalingActivities",
        "application-autoscaling:ListTagsForResource",
        "application-autoscaling:TagResource",
        "application-autoscaling:UntagResource",
    ),
    "gaps/backup.py": (
        "backup:CreateBackupSelection",
        "backup:DeleteBackupSelection",
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:GetBackupSelection",
        "backup:GetBackupVaultAccessPolicy",
        "backup:ListBackupSelections",
        "backup:PutBackupVaultAccessPolicy",
        "backup:UpdateBackupPlan",
    ),
    "gaps/backup_recovery_points.py": ("backup:ListRecoveryPointsByBackupVault", "backup:StartBackupJob"),
    "gaps/backup_restore_testing.py": (
        "backup:CreateRestoreTestingPlan",
        "backup:CreateRestoreTestingSelection",
        "backup:DeleteRestoreTestingPlan",
        "backup:DeleteRestoreTestingSelection",
        "backup:GetRestoreTestingPlan",
        "backup:GetRestoreTestingSelection",
        "backup:ListRestoreTestingPlans",
        "backup:ListRestoreTestingSelections",
        "backup:UpdateRestoreTestingPlan",
        "backup:UpdateRestoreTestingSelection",
    ),
    "gaps/log_events.py": ("logs:TestMetricFilter",),
    "gaps/budgets.py": (
        "budgets:CreateSubscriber",
        "budgets:DeleteSubscriber",
        "budgets:DescribeSubscribersForNotification",
        "budgets:ListTagsForResource",
        "budgets:TagResource",
        "budgets:UntagResource",
        "budgets:UpdateBudget",
        "budgets:UpdateNotification",
        "budgets:UpdateSubscriber",
    ),
    "gaps/chatbot.py": (
        "chatbot:CreateSlackChannelConfiguration",
        "chatbot:DeleteSlackChannelConfiguration",
        "chatbot:DescribeSlackChannelConfigurations",
        "chatbot:ListTagsForResource",
        "chatbot:TagResource",
        "chatbot:UntagResource",
        "chatbot:UpdateSlackChannelConfiguration",
    ),
    "gaps/cloudwatch_anomaly.py": (
        "cloudwatch:DeleteAnomalyDetector",
        "cloudwatch:DescribeAnomalyDetectors",
        "cloudwatch:PutAnomalyDetector",
    ),
    "gaps/cloudwatch_history.py": ("cloudwatch:DescribeAlarmHistory",),
    "gaps/cloudwatch_mutes.py": (
        "cloudwatch:DeleteAlarmMuteRule",
        "cloudwatch:GetAlarmMuteRule",
        "cloudwatch:ListAlarmMuteRules",
        "cloudwatch:PutAlarmMuteRule",
    ),
    "gaps/composite_alarm.py": ("cloudwatch:PutCompositeAlarm",),
    "gaps/cost_explorer.py": (
        "ce:CreateAnomalyMonitor",
        "ce:CreateAnomalySubscription",
        "ce:DeleteAnomalyMonitor",
        "ce:DeleteAnomalySubscription",
        "ce:GetAnomalyMonitors",
        "ce:GetAnomalySubscriptions",
        "ce:UpdateAnomalyMonitor",
        "ce:UpdateAnomalySubscription",
    ),
    "gaps/ecs_clusters.py": ("ecs:UpdateClusterSettings",),
    "gaps/ecs_service_deployments.py": (
        "ecs:DescribeServiceDeployments",
        "ecs:DescribeServiceRevisions",
        "ecs:ListServiceDeployments",
        "ecs:StopServiceDeployment",
    ),
    "gaps/iam.py": ("iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"),
    "gaps/logs.py": (
        "logs:DeleteQueryDefinition",
        "logs:DescribeQueryDefinitions",
        "logs:PutQueryDefinition",
    ),
    "gaps/sns.py": ("sns:GetSMSSandboxAccountStatus",),
    "gaps/synthetics.py": (
        "synthetics:DeleteCanary",
        "synthetics:StartCanary",
        "synthetics:StopCanary",
        "synthetics:TagResource",
        "synthetics:UntagResource",
        "synthetics:UpdateCanary",
    ),
    "gaps/ssm.py": ("ssm:DescribeInstanceInformation", "ssm:ListCommandInvocations"),
}
