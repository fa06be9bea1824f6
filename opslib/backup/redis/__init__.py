"""Redis and Valkey: a dump with the digest of that dump loaded, and its verification on a scratch server.

The dump is what `redis-cli --rdb` fetches: the server's own snapshot, of one moment, over a connection that there is
anyway. BGSAVE would need the server's file system, and `DUMP` of key after key would be of as many moments.
"""

from __future__ import annotations

from opslib.backup.redis.source import RedisSource
from opslib.backup.redis.taking import RdbManifest, take_rdb
from opslib.backup.redis.verifying import verify_rdb

__all__ = ["RdbManifest", "RedisSource", "take_rdb", "verify_rdb"]
