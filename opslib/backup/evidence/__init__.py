"""Evidence: a report of every run, each with the hash of the one before, and optionally signed by KMS.

A directory of evidence holds, for each run, the report (`000042-verify-orders.json`, canonical JSON: its `sha256sum` is
its hash) and the same as a page for people (`.html`); `index.jsonl`, to which each run adds one line; and `head.json`,
which names the last. Whoever can write the directory could write all of it anew: against that there are the signatures,
and the head's hash noted elsewhere.
"""

from __future__ import annotations

from opslib.backup.evidence.chain import add, find_report, read_entries, read_report
from opslib.backup.evidence.checking import verify_chain
from opslib.backup.evidence.page import render
from opslib.backup.evidence.report import Draft, Entry, Report, Subject, json_schema
from opslib.backup.evidence.signing import Signer

__all__ = [
    "Draft",
    "Entry",
    "Report",
    "Signer",
    "Subject",
    "add",
    "find_report",
    "json_schema",
    "read_entries",
    "read_report",
    "render",
    "verify_chain",
]
