"""CloudWatch Logs: what is written is counted by metric filters, and by CloudWatch itself.

`logs.md`, one directory up, says operation by operation what AWS's rule is and where this follows it.
"""
