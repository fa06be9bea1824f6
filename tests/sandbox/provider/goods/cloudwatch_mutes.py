"""Good and bad ones of CloudWatch's alarm mute rules."""

from __future__ import annotations

from typing import Any

from tests.sandbox.provider.good import DROP, OTHER_TAGS, TAGS, Bad, Good


def schedule(expression: str, duration: str = "PT2H", timezone: str = "UTC") -> dict[str, Any]:
    return {"schedule": {"expression": expression, "duration": duration, "timezone": timezone}}


GOODS = (
    Good(
        token="aws:cloudwatch/alarmMuteRule:AlarmMuteRule",
        inputs={
            "name": "shop-night",
            "description": "deploy nights",
            "rule": schedule("cron(0 2 * * MON,WED,FRI)"),
            "muteTargets": {"alarmNames": ["shop-api-slow", "shop-api-degraded"]},
            "tags": TAGS,
        },
        change={
            "rule": schedule("at(2036-05-10T14:00)", "P1DT2H", "Europe/Berlin"),
            "muteTargets": {"alarmNames": ["shop-web-slow"]},
            "description": DROP,
            "tags": OTHER_TAGS,
        },
        replacements={"name": "shop-other"},
        outside=(
            "cloudwatch",
            "put_alarm_mute_rule",
            {
                "Name": "shop-night",
                "Description": "deploy nights",
                "Rule": {"Schedule": {"Expression": "cron(0 2 * * MON)", "Duration": "PT8H", "Timezone": "UTC"}},
                "MuteTargets": {"AlarmNames": ["shop-api-slow", "shop-api-degraded"]},
            },
        ),
        drift=("rule",),
        bads=(
            Bad({"rule": DROP}, "rule", "required"),
            Bad({"rule": schedule("cron(0 2 ? * 2#1 *)")}, "rule.schedule.expression", "cron takes 5"),
            Bad({"rule": schedule("at(tomorrow)")}, "rule.schedule.expression"),
            Bad({"rule": schedule("cron(0 2 * * SUN)", "PT30S")}, "rule.schedule.duration", "1 minute"),
            Bad({"rule": schedule("cron(0 2 * * SUN)", "P16D")}, "rule.schedule.duration", "15 days"),
            Bad({"muteTargets": {"alarmNames": [f"a{n}" for n in range(101)]}}, "muteTargets.alarmNames", "100"),
            Bad({"expireDate": "2036-01-01T00:00:00Z"}, "expireDate", "stand-in"),
            Bad({"mutetargets": {}}, "mutetargets", "did you mean muteTargets"),
        ),
    ),
)
