"""CloudTrail: calls that change something are recorded while a trail logs, delivered to its bucket and log group.

`trail.md`, one directory up, says what AWS's rule is and where this follows it. moto keeps trails and records nothing.
"""
