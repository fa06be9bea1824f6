"""What runs in an account and region, and who watches it already: read, never changed.

`read_inventory` gives frozen records of the workloads, `read_watching` the alarms, dashboards and topics. Deciding what
to make of them is somebody else's business.
"""

from opslib.discover.inventory import (
    Cache,
    Container,
    Database,
    DatabaseCluster,
    Function,
    Inventory,
    Listener,
    ListenerRule,
    LoadBalancer,
    Queue,
    Scaling,
    Service,
    TargetGroup,
)
from opslib.discover.reading import read_inventory
from opslib.discover.watching import Subscription, Watching, read_watching

__all__ = [
    "Cache",
    "Container",
    "Database",
    "DatabaseCluster",
    "Function",
    "Inventory",
    "Listener",
    "ListenerRule",
    "LoadBalancer",
    "Queue",
    "Scaling",
    "Service",
    "Subscription",
    "TargetGroup",
    "Watching",
    "read_inventory",
    "read_watching",
]
