"""The commands of the runbooks, read and held against the AWS CLI's own rules, which are botocore's service models.

Not for everything that a shell may do: for what the runbooks do. A command that cannot be read is a fault.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name

BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)")
ASSIGNED = re.compile(r"(?:^|[\s;(])(?:export )?([A-Z][A-Z0-9_]*)=")

GLOBAL = {"query", "output", "region", "no-cli-pager", "profile"}
PAGING = {"max-items", "starting-token", "page-size"}
OPERATORS = {"|", "||", "&&", ";", "(", "$(", "<(", "do", "then", "!"}

# Where the CLI has a command of its own instead of an operation.
CUSTOM = {
    ("logs", "tail"): {"since", "follow", "filter-pattern", "format"},
    ("s3", "ls"): {"recursive", "summarize", "human-readable"},
    ("ecs", "execute-command"): {"cluster", "task", "container", "command", "interactive"},
}
# The CLI's name of a service where it is not botocore's.
SERVICES = {"deploy": "codedeploy"}


@dataclass(frozen=True)
class Command:
    """One `aws service operation --option …`."""

    service: str
    operation: str
    options: dict[str, list[str]]
    positional: list[str]


def blocks(page: str) -> list[str]:
    """The shell's blocks of a page."""
    return [re.sub(rf"^{found[1]}", "", found[2], flags=re.MULTILINE) for found in BLOCK.finditer(page)]


def commands(block: str) -> Iterator[Command]:
    """Every `aws` command of a block."""
    yield from _of_words(_words(block.replace("\\\n", " ")))


def _words(text: str) -> list[str]:
    words: list[str] = []
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = "#"
        # A comment begins after white space only: `$#` and `a#b` are none.
        words += [*lexer, ";"]
    return words


def _of_words(words: list[str]) -> Iterator[Command]:
    at_start = True
    for index, word in enumerate(words):
        if at_start and word == "aws":
            yield read(words[index + 1 :])
        at_start = word in OPERATORS or set(word) <= set("|&;()") or (at_start and re.match(r"\w+=", word) is not None)


def read(words: list[str]) -> Command:
    """The command of some words, up to the next operator."""
    own = []
    for word in words:
        if word in {"|", "||", "&&", ";", ")", "&"} or set(word) <= set("|&;)") or word in {">", "2"}:
            break
        own.append(word)
    service, operation, *rest = own
    options: dict[str, list[str]] = {}
    positional: list[str] = []
    current = positional
    for word in rest:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            current = options.setdefault(name, [value] if equals else [])
        else:
            current.append(word)
    return Command(service, operation, options, positional)


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(SERVICES.get(service, service))


@cache
def _waiters(service: str) -> dict[str, Any]:
    session = botocore.session.get_session()
    name = SERVICES.get(service, service)
    return {
        xform_name(waiter, "-"): found
        for waiter, found in session.get_component("data_loader")
        .load_service_model(name, "waiters-2")["waiters"]
        .items()
    }


def faults(command: Command) -> Iterator[str]:
    """What the AWS CLI would refuse."""
    said = f"aws {command.service} {command.operation}"
    query = command.options.get("query", [])
    if query and "$" not in query[0]:
        try:
            jmespath.compile(query[0])
        except jmespath.exceptions.JMESPathError as wrong:
            yield f"{said}: --query {query[0]}: {wrong}"
    custom = CUSTOM.get((command.service, command.operation))
    if custom is not None:
        yield from (f"{said}: no option --{name}" for name in command.options.keys() - custom - GLOBAL)
        return
    try:
        model = _model(command.service)
    except Exception:  # noqa: BLE001  # whatever botocore says of it
        yield f"{said}: no such service"
        return
    operation = command.operation
    if operation == "wait":
        waiter = _waiters(command.service).get(command.positional[0])
        if waiter is None:
            yield f"{said} {command.positional[0]}: no such waiter"
            return
        operation = xform_name(waiter["operation"], "-")
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        yield f"{said}: no such operation"
        return
    yield from _of_options(said, command, model.operation_model(names[operation]).input_shape)


def _of_options(said: str, command: Command, shape: Any) -> Iterator[str]:
    members = {xform_name(name, "-"): member for name, member in (shape.members if shape else {}).items()}
    required = {xform_name(name, "-") for name in (shape.required_members if shape else [])}
    for name in required - {option.removeprefix("no-") for option in command.options} - command.options.keys():
        yield f"{said}: needs --{name}"
    for name, values in command.options.items():
        if name in GLOBAL | PAGING:
            continue
        member = members.get(name) or members.get(name.removeprefix("no-"))
        if member is None:
            yield f"{said}: no option --{name}"
            continue
        allowed = getattr(member.member if member.type_name == "list" else member, "enum", None)
        for value in values:
            if allowed and "$" not in value and value not in allowed:
                yield f"{said}: --{name} {value} is none of {', '.join(allowed)}"
        if not values and member.type_name != "boolean":
            yield f"{said}: --{name} has no value"
