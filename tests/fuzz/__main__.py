"""``bin/fuzz [--minutes N] [--seed N]``: all profiles on SQLite, one after the other."""

import argparse
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.run import LIMITED, fuzz

PROFILES = ("dev", "public", "rating", "consumer", LIMITED)


def minutes(text: str) -> float:
    """A number above 0, of a day at most."""
    number = float(text)
    if not 0 < number <= 1440:
        raise ValueError(text)
    return number


def main() -> int:
    """Print what Schemathesis says of each profile; 1 where it found something, 0 where not."""
    parser = argparse.ArgumentParser(prog="bin/fuzz", description=__doc__)
    parser.add_argument("--minutes", type=minutes, default=2.0, help="in all (default: 2)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    seconds = max(1, round(arguments.minutes * 60 / len(PROFILES)))
    found = 0
    for profile in PROFILES:
        with TemporaryDirectory() as folder:
            options = ("--max-time", str(seconds), "--seed", str(arguments.seed))
            ended = fuzz(profile, Path(folder), *options)
        sys.stdout.write(f"== {Path(profile).stem}\n{ended.stdout}{ended.stderr}\n")
        found |= ended.returncode
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
