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
    ServerlessCache,
    Service,
    TargetGroup,
)
from opslib.discover.inventory_edge import Api, Canary, Certificate, Distribution, HealthCheck, WebAcl
from opslib.discover.inventory_hosts import Fleet, Host, NatGateway
from opslib.discover.reading import read_inventory
from opslib.discover.watching import Subscription, Watching, read_watching

__all__ = [
    "Api",
    "Cache",
    "Canary",
    "Certificate",
    "Container",
    "Database",
    "DatabaseCluster",
    "Distribution",
    "Fleet",
    "Function",
    "HealthCheck",
    "Host",
    "Inventory",
    "Listener",
    "ListenerRule",
    "LoadBalancer",
    "NatGateway",
    "Queue",
    "Scaling",
    "ServerlessCache",
    "Service",
    "Subscription",
    "TargetGroup",
    "Watching",
    "WebAcl",
    "read_inventory",
    "read_watching",
]
