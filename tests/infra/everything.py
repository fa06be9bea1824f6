"""A configuration that uses every kind, and in each everything that a row may ask for: some rows exclude each other, so
that some kinds have several workloads."""

from __future__ import annotations

from typing import Any

from infra.config import StackConfig
from infra.kinds.table import Kind
from infra.kinds.watch import Watched, watch

ACCOUNT = "123456789012"
REGION = "eu-west-1"
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
CERTIFICATE = "certificate/12345678-1234-1234-1234-123456789012"

EVERYTHING: dict[str, Any] = {
    "product": "shop",
    "environment": "prod",
    "savedQueries": True,
    "services": {
        "api": {
            "cluster": "shop",
            "service": "shop-api",
            "containers": {"web": {"healthCheck": True}, "log": {}},
            "loadBalancer": "edge",
            "targetGroup": "api",
            "ebsVolume": True,
            "scalingRule": "shop-scaling",
            "failureRule": "shop-failures",
            "logGroup": "/shop/api",
            "errorPattern": '{ $.level = "error" }',
        },
        "cart": {
            "cluster": "shop",
            "service": "shop-cart",
            "deploymentController": "CODE_DEPLOY",
            "loadBalancer": "edge",
            "targetGroup": "blue",
            "alternateTargetGroup": "green",
            "countEvents": True,
        },
    },
    "loadBalancers": {
        "edge": {
            "arn": f"{BALANCER}:loadbalancer/app/shop/1",
            "targetGroups": {key: {"arn": f"{BALANCER}:targetgroup/{key}/2"} for key in ("api", "blue", "green")},
            "slo": {"objectivePercent": 99.9},
        }
    },
    "databases": {
        "orders": {
            "instance": "shop-orders",
            "instanceClass": "db.t4g.medium",
            "allocatedStorageGib": 20,
            "storageType": "gp2",
            "replicas": ["shop-orders-r1"],
            "resourceId": "db-ABCDEFGHIJKLMNOPQRSTUVWX01",
            "databaseInsights": True,
            "slowQueryFilter": True,
        }
    },
    "caches": {"sessions": {"replicationGroup": "shop-sessions", "members": ["001", "002"]}},
    "functions": {
        "hooks": {
            "function": "shop-hooks",
            "alias": "live",
            "timeoutSeconds": 30,
            "invokedHourly": True,
            "stream": True,
            "asynchronous": True,
            "reservedConcurrency": 50,
            "accountConcurrency": 1000,
            "provisioned": True,
        },
        "reports": {"function": "shop-reports", "timeoutSeconds": 60},
    },
    "apis": {
        "partners": {"api": "partners", "stage": "prod", "type": "rest"},
        "mobile": {"api": "a1b2c3d4e5", "stage": "$default", "type": "http"},
    },
    "distributions": {"site": {"distribution": "E1ABCDEFGHIJKL"}},
    "webAcls": {
        "site-acl": {"webAcl": "site", "scope": "cloudfront", "region": "us-east-1", "countries": {"de": "DE"}},
        "api-acl": {
            "webAcl": "api",
            "scope": "regional",
            "protectedRegion": REGION,
            "countries": {"de": "DE", "in": "IN"},
        },
    },
    "auroraClusters": {
        "ledger": {
            "cluster": "shop-ledger",
            "instances": {"a": "shop-ledger-a", "b": "shop-ledger-b"},
            "memoryGib": 16,
            "serverless": True,
        }
    },
    "serverlessCaches": {"carts": {"cache": "shop-carts", "mostGib": 10, "mostEcpuPerSecond": 10_000}},
    "queues": {"mail": {"queue": "shop-mail", "deadLetterQueue": "shop-mail-dead"}},
    "hosts": {"bastion": {"host": "i-0123456789abcdef0", "disks": {"root": "/", "data": "/data"}, "fileSystem": "xfs"}},
    "fleets": {"workers": {"fleet": "shop-workers", "minimum": 2}},
    "natGateways": {"nat-a": {"gateway": "nat-0123456789abcdef0", "flowLogGroup": "/vpc/flows"}},
    "agents": {
        "coder": {"agent": "development", "role": "development", "usdPerExecution": 0.5},
        "reader": {"agent": "rag", "role": "retrieval"},
        "auditor": {"agent": "compliance", "role": "compliance"},
        "tester": {"agent": "quality", "role": "quality"},
    },
    "applications": {
        "storefront": {
            "service": "storefront",
            "endpoints": {"checkout": "/checkout"},
            "features": {"wishlist": "wishlist"},
            "errorTypes": {"timeout": "Timeout"},
            "transactions": {"payment": "payment"},
            "pages": {"home": "/"},
        }
    },
    "billing": {
        "charges": {
            "monthlyLimitUsd": 2000,
            "awsServices": {"ec2": "AmazonEC2"},
            "linkedAccount": ACCOUNT,
        }
    },
    "certificates": {
        "api-tls": {"certificate": f"arn:aws:acm:{REGION}:{ACCOUNT}:{CERTIFICATE}"},
        "site-tls": {"certificate": f"arn:aws:acm:us-east-1:{ACCOUNT}:{CERTIFICATE}", "region": "us-east-1"},
    },
    "canaries": {
        "checkout": {"canary": "shop-checkout"},
        "pages": {"urls": ["https://shop.example/"], "runtime": "syn-python-selenium-6.0"},
    },
    "healthChecks": {
        "outside": {"url": "https://shop.example/health?deep=1", "contains": "ok", "latency": True},
        "partner": {"healthCheck": "01234567-89ab-cdef-0123-456789abcdef"},
    },
    "deliveryPaths": {
        "pager": {
            "heartbeatRule": "shop-heartbeat",
            "topics": {"critical": "shop-critical"},
            "rules": {"rollback": "shop-rollback"},
            "stateMachines": {"procedures": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-procedures"},
            "functions": {"relay": "shop-relay"},
            "failedQueues": {"relay": "shop-relay-failed"},
            "dailyFunction": "shop-summary",
            "dailyTopic": "shop-info",
        }
    },
    "automations": {
        "proposing": {
            "functions": {"decide": "shop-decide", "record": "shop-record"},
            "hourlyFunction": "shop-record",
            "rules": {"alarms": "shop-alarms"},
            "stateMachines": {"go-back": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-go-back"},
            "failedQueues": {"decide": "shop-decide-failed"},
        },
        "acting": {
            "functions": {"decide": "shop-decide-live", "record": "shop-record-live"},
            "hourlyFunction": "shop-record-live",
            "stateMachines": {"go-back": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-go-back-live"},
            "unheardQueue": "shop-unheard",
            "acts": True,
        },
    },
    "backupVaults": {"vault": {"vault": "shop-backups", "copies": True, "countRestores": True}},
    "security": {
        "trail": {
            "trailLogGroup": "/trail",
            "countCalls": True,
            "countRootEvents": True,
            "incidentRules": {"root": "root-use"},
            "changeRules": {"security-groups": "security-group-changes"},
        }
    },
}


def config() -> StackConfig:
    return StackConfig.parse(EVERYTHING, source="test")


def watched_of(kind: Kind) -> tuple[Watched, ...]:
    """Every workload of a kind, watched."""
    whole = config()
    return tuple(watch(kind, whole.subject(key)) for key in whole.section(kind.section))
