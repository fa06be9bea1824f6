"""Patterns, each comparison held against events that it takes and events that it does not."""

from __future__ import annotations

import json

import pytest

from opslib.sandbox.behaviour.events.inputs import input_of
from opslib.sandbox.behaviour.events.patterns import BadPattern, matches, read_pattern

EVENT = {
    "source": "aws.ecs",
    "detail-type": "ECS Task State Change",
    "time": "2026-01-31T12:00:00Z",
    "resources": ["arn:1", "arn:2"],
    "detail": {
        "group": "service:api",
        "exit": 137,
        "share": 0.5,
        "healthy": True,
        "reason": None,
        "ip": "10.0.1.7",
        "containers": [{"name": "web", "exit": 1}, {"name": "log", "exit": 0}],
        "nested": {"deep": {"word": "Yes"}},
    },
}

TAKEN = [
    {"source": ["aws.ecs", "aws.rds"]},
    {"resources": ["arn:2"]},
    {"detail": {"exit": [137]}},
    {"detail": {"exit": [{"numeric": [">", 100, "<=", 137]}]}},
    {"detail": {"share": [{"numeric": ["=", 0.5]}]}},
    {"detail": {"healthy": [True]}},
    {"detail": {"reason": [None]}},
    {"detail": {"group": [{"prefix": "service:"}]}},
    {"detail": {"group": [{"prefix": {"equals-ignore-case": "SERVICE"}}]}},
    {"detail": {"group": [{"suffix": "api"}]}},
    {"detail": {"group": [{"wildcard": "ser*:*pi"}]}},
    {"detail": {"group": [{"anything-but": ["service:web", "x"]}]}},
    {"detail": {"group": [{"anything-but": {"prefix": "task:"}}]}},
    {"detail": {"exit": [{"anything-but": 0}]}},
    {"detail": {"missing": [{"exists": False}], "group": [{"exists": True}]}},
    {"detail": {"ip": [{"cidr": "10.0.0.0/16"}]}},
    {"detail": {"nested": {"deep": {"word": [{"equals-ignore-case": "yes"}]}}}},
    {"detail": {"containers": {"name": ["log"]}}},
    {"$or": [{"source": ["aws.rds"]}, {"detail": {"exit": [137]}}]},
]

REFUSED = [
    {"source": ["aws.rds"]},
    {"source": ["AWS.ECS"]},
    {"detail": {"exit": ["137"]}},
    {"detail": {"exit": [{"numeric": [">", 137]}]}},
    {"detail": {"healthy": [1]}},
    {"detail": {"healthy": [{"numeric": ["=", 1]}]}},
    {"detail": {"reason": ["None"]}},
    {"detail": {"group": [{"prefix": "api"}]}},
    {"detail": {"group": [{"anything-but": "service:api"}]}},
    {"detail": {"group": [{"anything-but": {"prefix": "service"}}]}},
    {"detail": {"missing": [{"anything-but": "x"}]}},
    {"detail": {"missing": [{"exists": True}]}},
    {"detail": {"nested": [{"exists": True}]}},
    {"detail": {"ip": [{"cidr": "10.1.0.0/16"}]}},
    {"detail": {"containers": {"name": ["other"]}}},
    {"source": ["aws.ecs"], "detail": {"exit": [0]}},
    {"$or": [{"source": ["aws.rds"]}, {"detail": {"exit": [1]}}]},
]

NONE = [
    "{",
    "[]",
    "{}",
    '{"source": "aws.ecs"}',
    '{"source": []}',
    '{"source": [{"like": "x"}]}',
    '{"source": [["a"]]}',
    '{"detail": {"exit": [{"numeric": [">"]}]}}',
    '{"detail": {"exit": [{"numeric": ["!", 1]}]}}',
    '{"detail": {"exit": [{"exists": "yes"}]}}',
]


@pytest.mark.parametrize("pattern", TAKEN, ids=str)
def test_it_matches(pattern):
    assert matches(read_pattern(json.dumps(pattern)), EVENT)


@pytest.mark.parametrize("pattern", REFUSED, ids=str)
def test_it_does_not_match(pattern):
    assert not matches(read_pattern(json.dumps(pattern)), EVENT)


@pytest.mark.parametrize("text", NONE)
def test_it_is_no_pattern(text):
    with pytest.raises(BadPattern):
        read_pattern(text)


RULE = "arn:aws:events:eu-west-1:123456789012:rule/stop"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, EVENT),
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail.nested"}, {"deep": {"word": "Yes"}}),
        ({"InputPath": "$.detail.containers[1].name"}, "log"),
        ({"InputPath": "$.detail.nothing"}, None),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"group": "$.detail.group", "exit": "$.detail.exit", "no": "$.nothing"},
                    "InputTemplate": '{"said": "<group> left with <exit>", "exit": <exit>, "all": <group>, "no": <no>}',
                }
            },
            {"said": "service:api left with 137", "exit": 137, "all": "service:api", "no": ""},
        ),
        (
            {
                "InputTransformer": {
                    "InputTemplate": '{"rule": "<aws.events.rule-name>", "at": <aws.events.event.ingestion-time>}'
                }
            },
            {"rule": "stop", "at": "2026-01-31T12:00:00Z"},
        ),
        ({"InputTransformer": {"InputTemplate": "<aws.events.event.json>"}}, EVENT),
    ],
)
def test_a_target_gets_what_was_asked_for(target, expected):
    assert json.loads(input_of(target, EVENT, RULE)) == expected


def test_a_template_may_be_plain_text():
    transformer = {"InputPathsMap": {"group": "$.detail.group"}, "InputTemplate": '"<group> has stopped"'}
    assert json.loads(input_of({"InputTransformer": transformer}, EVENT, RULE)) == "service:api has stopped"
