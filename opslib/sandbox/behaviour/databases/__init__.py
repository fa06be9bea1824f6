"""RDS: instances, clusters and snapshots that take their time. `databases.md`, one directory up, says what follows AWS.

moto keeps them; how they come, change and go, and what a restore takes over, is here.
"""
