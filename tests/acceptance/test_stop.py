"""Starting, stopping and several processes."""

import http.client
import itertools
import os
import re
import signal
import socket
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from movieserver.process.presence import FOLDER
from movieserver.tokens.secret import make_secret
from tests.conftest import Start
from tests.processes import COMMAND, PATIENCE, Process, environment, eventually, run

CLIENTS = 16


@pytest.mark.parametrize("profile", ["dev", "public", "rating", "consumer"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_profile_stops_with_0(
    start: Start, data: Path, profile: str, number: signal.Signals
) -> None:
    make_secret(data)
    server = start("--profile", profile)
    assert server.signal(number) == 0
    assert "Traceback" not in "".join(server.output)


def test_a_signal_is_not_kept_waiting_by_a_store_that_does_not_answer(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        movies = f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/x"
        line = ["--profile", "public", "--movies", movies, "--listen", "127.0.0.1:0"]
        with subprocess.Popen(
            [*COMMAND, *line, "--data", str(data)], stdout=subprocess.PIPE, env=environment()
        ) as starting:
            connection, _ = silent.accept()
            starting.terminate()
            output, _ = starting.communicate(timeout=PATIENCE)
        connection.close()
    assert starting.returncode == 0
    assert b"listening on" not in output


def test_what_was_accepted_last_is_announced_before_the_end(start: Start, data: Path) -> None:
    make_secret(data)
    rating = start("--profile", "rating")
    for number in range(20):
        assert rating.rate("alice", f"tt{number:07}", 5).status_code == 200
    assert rating.terminate() == 0
    audited = run("audit", "--wait", "0", data=data)
    found = re.search(r"; (\d+) rates not yet announced, (\d+) events", audited.stdout)
    assert found is not None
    assert found[1] == "0"
    assert int(found[2]) >= 20  # a rate may be announced twice
    assert audited.returncode == 1


def test_requests_in_flight_are_answered_while_others_keep_coming(start: Start, data: Path) -> None:
    make_secret(data)
    rating = start("--profile", "rating")
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(post_while_it_answers, rating, n) for n in range(CLIENTS)]
        eventually(lambda: len(stored(data)) > 10 * CLIENTS)
        assert rating.terminate() == 0
        answered = {movie for client in clients for movie in client.result()}
    assert stored(data) == answered


def test_a_second_server_on_a_port_says_that_it_shares_it(start: Start) -> None:
    first = start("--profile", "dev")
    second = start("--profile", "dev", listen=first.url.removeprefix("http://"))
    says = "another process already listens on 127.0.0.1:"
    assert [says in "".join(each.output) for each in (first, second)] == [False, True]


def test_a_port_that_is_not_shared_is_the_only_message(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run("--profile", "dev", "--listen", f"127.0.0.1:{port}", data=data)
    assert ended.returncode == 1
    assert "cannot listen on 127.0.0.1" in ended.stderr
    assert "another process already listens" not in ended.stderr


def test_two_processes_answer_on_one_port(start: Start) -> None:
    server = start("--profile", "dev", "--processes", "2")
    first = eventually(lambda: both(server))
    for number in range(40):
        server.session.close()
        assert server.rate(f"u{number}", "tt0050083", 8).status_code == 200
    eventually(lambda: server.top10()[0]["rate_count"] == 40)
    os.kill(first[0], signal.SIGKILL)
    eventually(lambda: both(server) not in ([], first))
    assert server.terminate() == 0


def test_the_processes_speak_once_and_end_with_their_supervisor(start: Start, data: Path) -> None:
    server = start("--profile", "public", "--processes", "2")
    processes = eventually(lambda: both(server))
    eventually(lambda: len(list((data / FOLDER).glob("[!.]*"))) == 2)
    server.kill()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes))
    assert sum("listening on" in line for line in server.output) == 1


def post_while_it_answers(rating: Process, client: int) -> list[str]:
    """The movies whose rates were answered, all on one connection while the server keeps it."""
    answered: list[str] = []
    connection = http.client.HTTPConnection(rating.url.removeprefix("http://"), timeout=10)
    headers = {**rating.bearer("alice"), "Content-Type": "application/json"}
    for number in itertools.count():
        movie = f"m{client}-{number}"
        try:
            connection.request("POST", f"/movies/{movie}/users/rate", b'{"rate": 5}', headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            break
        if response.status == 503 and b"This server is stopping." in body:
            break
        assert response.status == 200
        answered.append(movie)
    connection.close()
    return answered


def stored(data: Path) -> set[str]:
    """The movies that are rated in the data folder."""
    with closing(sqlite3.connect(data / "movieserver.db")) as database:
        return {movie for (movie,) in database.execute("SELECT movie_id FROM rates")}


def both(server: Process) -> list[int]:
    """The ids of the two processes of a supervisor; none while there are not two."""
    pid = server.popen.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children] if len(children) == 2 else []


def test_a_second_process_on_the_same_port(start: Start) -> None:
    first = start("--profile", "public")
    address = first.url.removeprefix("http://")
    second = start("--profile", "public", listen=address)
    assert first.terminate() == 0
    assert second.get("/health/ready").status_code == 200
