"""AWS Backup: plans whose rules start jobs, recovery points that expire, copies, restores and tests of them.

`backup.md`, one directory up, says what AWS's rule is and where this follows it. moto keeps vaults and plans.
"""
