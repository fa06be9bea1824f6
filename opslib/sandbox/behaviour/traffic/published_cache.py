"""What a member of an ElastiCache replication group publishes: `AWS/ElastiCache`.

AWS, "Metrics for Valkey and Redis OSS" and "Host-level metrics". The engine's metrics carry the member, those of the
host the member and its node, which is always 0001. CacheHitRate is absent while nobody looks anything up.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from opslib.sandbox.behaviour.traffic.chance import around
from opslib.sandbox.behaviour.traffic.data_stores import DataStores
from opslib.sandbox.behaviour.traffic.sample import Sample, dimensions
from opslib.sandbox.behaviour.traffic.script import CacheLoad
from opslib.sandbox.behaviour.traffic.seen import SeenCache

__all__ = ["cache_samples"]

NAMESPACE = "AWS/ElastiCache"
NODE = "0001"
PERCENT = 100.0
MINUTE_SECONDS = 60

_NOISE_PERCENT = 4.0
_COMMAND_SECONDS = 20e-6  # what one takes of the engine's one thread; ours
_IDLE_CPU_PERCENT = 1.0
_NEW_CONNECTIONS = 1.0
_LAG_SECONDS = 0.2


def cache_samples(cache: SeenCache, stores: DataStores, load: CacheLoad, random: Random) -> Iterator[Sample]:
    """All samples of one member.

    Args:
        cache: The member; a replica is not asked anything.
        stores: How often caches are asked.
        load: What is in it.
        random: Where noise comes from.
    """
    look_ups = 0 if cache.is_replica else round(stores.look_ups)
    hits = 0 if cache.is_replica else min(look_ups, round(stores.hits))
    busy = PERCENT * look_ups / MINUTE_SECONDS * _COMMAND_SECONDS
    engine = min(PERCENT, around(_IDLE_CPU_PERCENT + busy, _NOISE_PERCENT, random))
    of_engine = {
        "CacheHits": (float(hits), "Count"),
        "CacheMisses": (float(look_ups - hits), "Count"),
        "Evictions": (load.evictions_per_minute, "Count"),
        "NewConnections": (_NEW_CONNECTIONS, "Count"),
        "AuthenticationFailures": (0.0, "Count"),
        "DatabaseMemoryUsagePercentage": (load.memory_percent, "Percent"),
        "EngineCPUUtilization": (engine, "Percent"),
    }
    if look_ups:
        of_engine["CacheHitRate"] = (PERCENT * hits / look_ups, "Percent")
    if cache.is_replica:
        of_engine["ReplicationLag"] = (_LAG_SECONDS, "Seconds")
    of_host = {
        "CurrConnections": (load.connections, "Count"),
        "CPUUtilization": (engine / 2, "Percent"),
        "SwapUsage": (0.0, "Bytes"),
        "NetworkBandwidthInAllowanceExceeded": (0.0, "Count"),
        "NetworkBandwidthOutAllowanceExceeded": (0.0, "Count"),
    }
    member = dimensions(CacheClusterId=cache.member)
    node = dimensions(CacheClusterId=cache.member, CacheNodeId=NODE)
    for where, values in ((member, of_engine), (node, of_host)):
        for name, (value, unit) in values.items():
            yield Sample(NAMESPACE, name, where, {value: 1.0}, unit)
