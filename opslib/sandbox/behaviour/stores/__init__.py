"""What stores do by themselves: items that expire, commands that take time, transactions that are known by their token.

`stores.md`, one directory up, says operation by operation what AWS's rule is and where this follows it.
"""
