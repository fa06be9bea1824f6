"""A start from what is there: the configuration that covers what runs, beside what a team watches already.

``python -m infra.adopt --out Pulumi.NAME.yaml`` reads; it changes nothing in AWS, and overwrites no file.
"""

from infra.adopt.command import main
from infra.adopt.draft import Draft, draft
from infra.adopt.report import Report, report_of

__all__ = ["Draft", "Report", "draft", "main", "report_of"]
