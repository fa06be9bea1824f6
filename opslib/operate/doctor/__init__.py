"""Is everything in place before it is needed?

    from opslib import Stack
    from opslib.operate import doctor

    found = doctor.examine(Stack.open("shop/prod"))
    for finding in found.findings:
        print(finding.on, finding.what, finding.next_step)

`table.CHECKS` is what is looked at: a row a check. Readers return frozen models, judging them is pure, and `examine` is
the one interpreter. `page_tier` sends a page that says it is a test, and looks whether it arrives.
"""

from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.examination import Examination, Examined, Finding, NotChecked
from opslib.operate.doctor.examine import examine
from opslib.operate.doctor.page import PAGE, page_tier
from opslib.operate.doctor.table import CHECKS

__all__ = [
    "CHECKS",
    "PAGE",
    "Check",
    "Examination",
    "Examined",
    "Fault",
    "Finding",
    "NotChecked",
    "examine",
    "page_tier",
]
