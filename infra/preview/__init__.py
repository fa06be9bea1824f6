"""What a change of the monitoring will do, for who reviews it: limits, bill, pictures, and pages a week.

``python -m infra.preview --stack NAME`` needs no engine, no credentials and no secrets. docs/preview.md has it all.
"""

from infra.preview.command import Preview, Request, main, preview
from infra.preview.document import Report

__all__ = ["Preview", "Report", "Request", "main", "preview"]
