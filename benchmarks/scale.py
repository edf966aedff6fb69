"""Spreads 10^7 films over a topic's partitions, and simulates its consumers; see docs/scale.md.

    python -m benchmarks.scale

Films are rated by Zipf's law: the n-th film's share is proportional to n^-s. The server's own
function gives the partitions of the first 50,000; the rest are spread evenly, as they nearly are in
fact. A batch takes as long as was measured (docs/performance.md), here on a database that serves
only one consumer.
"""

import math
import random

from movieserver.partitions import partition_of

FILMS, EXACT = 10_000_000, 50_000
RATE = 100_000
"""Events per second in all partitions."""
BATCH = 10_000
FIXED, EACH = 0.0029, 17.4e-6
"""Seconds for a batch, and for each event in it: 345 batches of one event a second, and 56,634
events a second in batches of 10,000 into a table of five million."""
SECONDS = 120
TICK = 0.01


def shares(exponent: float, partitions: int, whole: float) -> list[float]:
    """The share of events that each partition gets; ``whole`` is the sum of all films' weights."""
    weights = [n**-exponent for n in range(1, EXACT + 1)]
    found = [(whole - sum(weights)) / whole / partitions] * partitions
    for n, weight in enumerate(weights):
        found[partition_of(b"tt%07d" % n, partitions)] += weight / whole
    return found


def total(exponent: float) -> float:
    """The sum of all films' weights; from the 50,000th on, the integral that it nearly is."""
    first: float = sum(n**-exponent for n in range(1, EXACT + 1))
    start, end = EXACT + 0.5, FILMS + 0.5
    if exponent == 1.0:
        return first + math.log(end / start)
    rest: float = (end ** (1 - exponent) - start ** (1 - exponent)) / (1 - exponent)
    return first + rest


def backlog(rate: float) -> tuple[float, float, float]:
    """One consumer at ``rate`` events per second: its median batch, p99 delay and events left over.

    Delays are in seconds, from the arrival of a batch's oldest event to the end of the batch.
    """
    rng = random.Random(1)
    now, waiting = 0.0, 0
    batches: list[int] = []
    delays: list[float] = []
    while now < SECONDS:
        taken = min(waiting, BATCH)
        spent = FIXED + EACH * taken if taken else TICK
        came = max(0, round(rng.gauss(rate * spent, (rate * spent) ** 0.5)))
        if taken:
            batches.append(taken)
            # The oldest event has waited for as long as the queue took to arrive.
            delays.append(waiting / rate + spent)
        waiting += came - taken
        now += spent
    delays.sort()
    return sorted(batches)[len(batches) // 2], delays[int(len(delays) * 0.99)], waiting


def main() -> None:
    print(f"{FILMS:,} films, {RATE:,} events a second\n")
    print("  s  partitions  busiest  its events/s  half of the partitions")
    for exponent in (0.8, 1.0):
        whole = total(exponent)
        for partitions in (8, 64, 256):
            parts = sorted(shares(exponent, partitions, whole), reverse=True)
            half = sum(parts[: partitions // 2])
            busiest = f"{parts[0]:7.1%}  {parts[0] * RATE:12,.0f}"
            print(f"{exponent:3}  {partitions:10}  {busiest}  {half:6.1%}")
    print("\nevents/s  batch   p99 delay  left after 120 s")
    for rate in (500, 1_500, 5_000, 20_000, 40_000, 50_000, 55_000, 60_000):
        batch, delay, left = backlog(rate)
        print(f"{rate:8,}  {batch:5,.0f}  {delay:8.2f} s  {left:8,.0f}")


if __name__ == "__main__":
    main()
