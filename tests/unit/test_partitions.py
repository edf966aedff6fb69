"""Partitions are those of Kafka's own partitioner."""

import pytest

from movieserver.partitions import murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        # From Kafka's UtilsTest.testMurmur2.
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_kafkas(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed & 0xFFFFFFFF


def test_a_partition_is_the_hash_without_its_sign() -> None:
    assert partition_of(b"foobar", 10) == (-790332482 & 0x7FFFFFFF) % 10
    assert partition_of(b"abc", 10) == 479470107 % 10
    assert {partition_of(b"%d" % n, 8) for n in range(200)} == set(range(8))
