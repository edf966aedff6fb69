"""Which partition a key belongs to."""

from functools import lru_cache

MASK = 0xFFFFFFFF
M = 0x5BD1E995
SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """The 32-bit MurmurHash2 of ``data`` with Kafka's seed.

    Source: ``org.apache.kafka.common.utils.Utils.murmur2``, after Austin Appleby's original.
    """
    length = len(data)
    h = SEED ^ length
    for start in range(0, length & ~3, 4):
        k = int.from_bytes(data[start : start + 4], "little") * M & MASK
        k = (k ^ (k >> 24)) * M & MASK
        h = h * M & MASK ^ k
    if rest := data[length & ~3 :]:
        h = (h ^ int.from_bytes(rest, "little")) * M & MASK
    h = (h ^ (h >> 13)) * M & MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's default partitioner gives ``key`` among ``partitions``."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
