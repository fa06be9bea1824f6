"""Filter patterns, each with messages that match and that do not; most are AWS's and of the CIS benchmark."""

from __future__ import annotations

import json

import pytest

from opslib.sandbox.behaviour.logs.conditions import MISSING
from opslib.sandbox.behaviour.logs.patterns import BadPattern, read_pattern

ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" {} {}'
ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
SIGN_IN = {"eventType": "AwsConsoleSignIn", "userIdentity": {"type": "Root"}}

MATCHES = [
    ("", ["", "anything"], []),
    ("ERROR", ["[ERROR 400] BAD REQUEST", "an ERROR"], ["error", "Error"]),
    ("ERROR ARGUMENTS", ["[ERROR 419] MISSING ARGUMENTS"], ["[ERROR 400] BAD REQUEST", "ARGUMENTS"]),
    ("?ERROR ?ARGUMENTS", ["[ERROR 400] BAD REQUEST", "INVALID ARGUMENTS"], ["fine"]),
    ("ERROR ?ARGUMENTS", ["ERROR"], ["ARGUMENTS"]),
    ("ERROR -ARGUMENTS", ["[ERROR 400] BAD REQUEST"], ["[ERROR 419] MISSING ARGUMENTS"]),
    ('"INTERNAL SERVER ERROR"', ["[ERROR 500] INTERNAL SERVER ERROR"], ["INTERNAL ERROR"]),
    ('"duration: " -"plan:"', ["LOG:  duration: 3.2 ms  statement: x"], ["LOG:  duration: 9 ms  plan: y", "LOG"]),
    ("%ERROR.?4[0-9]{2}%", ["[ERROR 400]"], ["[ERROR 500]"]),
    ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", [ACCESS.format(200, 1534)], ["a b", ""]),
    ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", [], [ACCESS.format(200, 500)]),
    ("[..., status_code = 4*, bytes]", [ACCESS.format(404, 50)], [ACCESS.format(200, 50)]),
    ("[ip, user, ..., status=200||status=404, bytes]", [ACCESS.format(404, 1)], [ACCESS.format(500, 1)]),
    ("[w1 = ERROR, w2]", ["ERROR x"], ["WARN x", "ERROR x y"]),
    ("[=ERROR, w2]", ["ERROR x"], ["WARN x"]),
    ('{ $.eventType = "UpdateTrail" }', ['{"eventType": "UpdateTrail"}'], ['{"eventType": "x"}', "no JSON", "[1]"]),
    ("{ $.eventName = Console* }", ['{"eventName": "ConsoleLogin"}'], ['{"eventName": "Decrypt"}']),
    ("{ $.sourceIPAddress != 123.123.* }", ['{"sourceIPAddress": "1.1.1.1"}'], ['{"sourceIPAddress": "123.123.1.1"}']),
    (
        "{ $.bandwidth > 75 && $.latency != 0 }",
        ['{"bandwidth": 80, "latency": 1}'],
        ['{"bandwidth": 80, "latency": 0}'],
    ),
    ("{ $.n <= 1e3 }", ['{"n": 1000}'], ['{"n": 1001}', '{"n": true}', "{}"]),
    ("{ $.a = 1 || $.b = 1 && $.c = 1 }", ['{"a": 1}', '{"b": 1, "c": 1}'], ['{"b": 1}']),
    ("{ ($.a = 1 || $.b = 1) && $.c = 1 }", ['{"a": 1, "c": 1}'], ['{"a": 1}']),
    ("{ $.ok IS FALSE }", ['{"ok": false}'], ['{"ok": null}', "{}", '{"ok": "false"}']),
    ("{ $.ok IS NULL }", ['{"ok": null}'], ['{"ok": 0}', "{}"]),
    ("{ $.ok NOT EXISTS }", ["{}"], ['{"ok": null}']),
    ('{ $.items[0].name = "a" }', ['{"items": [{"name": "a"}]}'], ['{"items": []}', '{"items": {"name": "a"}}']),
    ("{ $.['a-b'] = 1 }", ['{"a-b": 1}'], ['{"a": 1}']),
    ("{ $.m = %^Fail% }", ['{"m": "Failed authentication"}'], ['{"m": "No Fail"}']),
    (ROOT, [json.dumps(SIGN_IN)], [json.dumps({**SIGN_IN, "eventType": "AwsServiceEvent"})]),
    (ROOT, [], [json.dumps({**SIGN_IN, "userIdentity": {"type": "Root", "invokedBy": "support.amazonaws.com"}})]),
]


@pytest.mark.feature("M21")
@pytest.mark.parametrize(("pattern", "matched", "not_matched"), MATCHES)
def test_a_pattern_matches_what_aws_says(pattern: str, matched: list[str], not_matched: list[str]) -> None:
    read = read_pattern(pattern)
    assert [message for message in matched if read.match(message) is None] == []
    assert [message for message in not_matched if read.match(message) is not None] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "a-b", "error:", '"open', "{ $.a = }", "{ $.a }", "{ $.a = 1", "{ ($.a = 1 }", "{ $.a > b }", "{ $.a IS OPEN }",
        "[a, b", "[..., a, ...]", "{ $.a = 1 && }", "{ }",
    ],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern, match="nvalid"):
        read_pattern(pattern)


def test_the_fields_of_what_matched() -> None:
    fields = read_pattern("[ip, ..., status, bytes]").match(ACCESS.format(404, 50))
    assert fields is not None
    assert (fields("$ip"), fields("$bytes"), fields("$user")) == ("127.0.0.1", "50", MISSING)
    fields = read_pattern("{ $.latency > 0 }").match('{"latency": 5, "of": {"name": "x"}}')
    assert fields is not None
    assert (fields("$.latency"), fields("$.of.name"), fields("$.none")) == (5, "x", MISSING)
