"""What moves by itself in the sandbox's world, a package for each thing that AWS runs.

A behaviour keeps its state where `account.reset()` empties it (`Account.record`), moves on `Account.schedule` alone,
and answers AWS's calls by handlers in `opslib.sandbox.gaps`. Its times and rates have a row in
`opslib.sandbox.settings`.
"""
