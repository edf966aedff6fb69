"""SQLite files that several processes write, and that are killed while they do."""

import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

WRITER = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from movieserver.backends import StoreContext
    from movieserver.backends.sqlite import backend
    from movieserver.models import Rate

    async def main(data, user, count):
        store = backend.rate_store("sqlite:///rates.db", StoreContext(Path(data)))
        print("ready", flush=True)
        sys.stdin.readline()
        await store.open()

        async def write(first):
            for number in range(first, count, 8):
                await store.put(Rate(user, f"tt{number}", 5, number + 1))
                print(number, flush=True)

        await asyncio.gather(*map(write, range(8)))
        await store.close()

    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    """
)


class WritingProcess:
    """A process that puts rates of one user and says which are acknowledged."""

    def __init__(self, data: Path, user: str, count: int) -> None:
        """Start it; it waits for ``begin``."""
        self.user = user
        self.popen = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(data), user, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.read() == "ready"

    def begin(self) -> None:
        """Let it write."""
        assert self.popen.stdin is not None
        self.popen.stdin.write("\n")
        self.popen.stdin.flush()

    def read(self) -> str:
        """The next line that it prints; empty at the end."""
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().strip()

    def rest(self) -> tuple[list[int], int]:
        """The numbers that are still to come from it, and its exit status."""
        output, _ = self.popen.communicate(timeout=60)
        whole = output[: output.rfind("\n") + 1]
        return [int(line) for line in whole.split()], self.popen.returncode


def kept(data: Path, user: str) -> set[int]:
    with closing(sqlite3.connect(data / "rates.db")) as connection:
        [[state]] = connection.execute("PRAGMA integrity_check").fetchall()
        assert state == "ok"
        rows = connection.execute("SELECT movie_id FROM rates WHERE user_id = ?", (user,))
        return {int(movie_id.removeprefix("tt")) for (movie_id,) in rows}


def test_several_processes_make_the_file_and_write_at_once(data: Path) -> None:
    processes = [WritingProcess(data, f"user{number}", 300) for number in range(3)]
    for process in processes:
        process.begin()
    for process in processes:
        acknowledged, status = process.rest()
        assert status == 0
        assert sorted(acknowledged) == list(range(300))
        assert kept(data, process.user) == set(range(300))


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_was_acknowledged_is_lost_by_a_kill(data: Path, seed: int) -> None:
    chance = random.Random(seed)
    bystander = WritingProcess(data, "bystander", 300)
    victim = WritingProcess(data, "victim", 1_000_000)
    bystander.begin()
    victim.begin()
    acknowledged = [int(victim.read()) for _ in range(chance.randrange(1, 400))]
    victim.popen.send_signal(signal.SIGKILL)
    rest, status = victim.rest()
    assert status == -signal.SIGKILL
    assert kept(data, "victim") >= {*acknowledged, *rest}
    acknowledged, status = bystander.rest()
    assert status == 0
    assert kept(data, "bystander") == set(range(300))
