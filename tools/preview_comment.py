"""Post the preview of a pull request as one comment, which is updated in place.

    tools/preview_comment.py --report FILE [--error FILE --stack NAME] [--engine FILE] [--run-url URL] --out FILE
    tools/preview_comment.py --post FILE --pull-request NUMBER

The first puts the comment together, the second posts it, or updates the one that is there. Where there is no report,
the comment says what went wrong instead: one that is out of date would mislead.

The first line of a report is a marker that nobody sees; a comment of a bot's that begins with it is the one to update.
What it is told comes from the environment that GitHub gives to every run: GITHUB_API_URL, GITHUB_REPOSITORY and
GITHUB_TOKEN. Only the standard library is needed. Exit code 2: what was given is wrong; 3: GitHub refuses, or does not
answer.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DONE, BAD, REFUSED = 0, 2, 3

MOST_CHARACTERS = 65_536
"""GitHub's limit of a comment."""

MARKER = re.compile(r"<!-- opslib-preview: [A-Za-z0-9_.-]+ -->")
PER_PAGE = 100
TIMEOUT_SECONDS = 30
PAUSES_SECONDS = (1, 4, 16)
"""Between attempts where GitHub is busy or broken."""
BUSY = 429
BROKEN = 500


class CommentError(Exception):
    """The comment cannot be posted; the text is for the user."""

    def __init__(self, text: str, exit_code: int = REFUSED) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def main(arguments: list[str] | None = None, *, sleep: Callable[[float], None] = time.sleep) -> int:
    """Put a comment together, or post one; return the exit code."""
    parser = argparse.ArgumentParser(description="Post the preview of a pull request as one comment.")
    parser.add_argument("--report", type=Path, help="what infra.preview wrote with --markdown")
    parser.add_argument("--error", type=Path, help="what infra.preview said where it wrote no report")
    parser.add_argument("--stack", default="", help="the stack that it is about")
    parser.add_argument("--engine", type=Path, help="what `pulumi preview` said; a file that need not be there")
    parser.add_argument("--run-url", default="", help="where the pictures are")
    parser.add_argument("--out", type=Path, help="the comment")
    parser.add_argument("--post", type=Path, help="a comment to post")
    parser.add_argument("--pull-request", default="", help="its number")
    given = parser.parse_args(arguments)
    try:
        if given.report and given.out:
            is_there = given.report.is_file() or not given.error
            report = _read(given.report) if is_there else failed(_read(given.error), given.stack)
            engine = _read(given.engine) if given.engine and given.engine.is_file() else ""
            given.out.write_text(joined(report, engine, given.run_url if is_there else ""), "utf-8")
        elif given.post:
            print(post(_read(given.post), given.pull_request, sleep=sleep))
        else:
            parser.error("give --report and --out, or --post")
    except CommentError as problem:
        print(f"preview_comment: {problem}", file=sys.stderr)
        return problem.exit_code
    return DONE


def failed(said: str, stack: str) -> str:
    """What stands in the place of a report that could not be made."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", stack)
    lines = said.strip().replace("```", "'''")[-2_000:] or "nothing was said"
    top = f"<!-- opslib-preview: {name} -->\n🛑 **There is no preview of {name}**: its report could not be made."
    return f"{top}\n\n```\n{lines}\n```\n"


def joined(report: str, engine: str, run_url: str) -> str:
    """A comment: the report, where its pictures are, and as much of the engine's preview as there is room for."""
    pictures = (
        f"\n[The whole report, with every dashboard drawn]({run_url}): artifact `preview-report`\n" if run_url else ""
    )
    text = report.rstrip("\n") + "\n" + pictures
    if not engine.strip():
        return text
    # A fence that the engine's own words cannot close.
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", engine)), default=0))
    before = f"\n<details><summary><code>pulumi preview</code></summary>\n\n{fence}diff\n"
    after = f"\n{fence}\n\n</details>\n"
    cut = "\n… the rest is in the artifact `preview-engine`"
    room = MOST_CHARACTERS - len(text) - len(before) - len(after)
    lines = engine.strip("\n")
    if len(lines) > room:
        if room < 10 * len(cut):
            return text
        lines = lines[: room - len(cut)].rpartition("\n")[0] + cut
    return text + before + lines + after


def post(text: str, pull_request: str, *, sleep: Callable[[float], None] = time.sleep) -> str:
    """Post a comment, or update the one that is there; say which and where."""
    found = MARKER.match(text)
    if found is None:
        raise CommentError("the comment does not begin with its marker: it is none of infra.preview's", BAD)
    if not pull_request.isdecimal():
        raise CommentError(f"--pull-request {pull_request!r}: give its number", BAD)
    home = f"/repos/{_environment('GITHUB_REPOSITORY')}/issues"
    for comment in _comments(f"{home}/{pull_request}/comments", sleep):
        is_ours = (comment.get("user") or {}).get("type") == "Bot"
        if is_ours and str(comment.get("body", "")).startswith(found[0]):
            answer = _ask("PATCH", f"{home}/comments/{comment['id']}", {"body": text}, sleep)
            return f"updated {answer.get('html_url', '')}"
    answer = _ask("POST", f"{home}/{pull_request}/comments", {"body": text}, sleep)
    return f"posted {answer.get('html_url', '')}"


def _comments(path: str, sleep: Callable[[float], None]) -> Iterator[dict[str, Any]]:
    page = 1
    while True:
        found = _ask("GET", f"{path}?per_page={PER_PAGE}&page={page}", None, sleep)
        yield from found
        if len(found) < PER_PAGE:
            return
        page += 1


def _ask(method: str, path: str, body: dict[str, str] | None, sleep: Callable[[float], None]) -> Any:
    """One call; a busy or broken GitHub is asked again, except for a comment that may have been made already."""
    pauses = iter(() if method == "POST" else PAUSES_SECONDS)
    request = urllib.request.Request(  # noqa: S310  the address is GitHub's own, from its runner
        _environment("GITHUB_API_URL").rstrip("/") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {_environment('GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
            "User-Agent": "opslib-preview",
        },
    )
    while True:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            pause = next(pauses, None) if problem.code == BUSY or problem.code >= BROKEN else None
            said = f"{method} {path.partition('?')[0]}: GitHub answers {problem.code} {problem.reason}"
        except (OSError, ValueError) as problem:
            pause = next(pauses, None)
            said = f"{method} {path.partition('?')[0]}: GitHub does not answer ({type(problem).__name__})"
        if pause is None:
            raise CommentError(f"{said}; the job needs the permission pull-requests: write")
        sleep(pause)


def _environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise CommentError(f"{name} is not set: GitHub sets it in its runs", BAD)
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise CommentError(f"{path} cannot be read: {problem.strerror}", BAD) from None


if __name__ == "__main__":
    sys.exit(main())
