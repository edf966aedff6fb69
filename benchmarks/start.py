"""Start: seconds until the first answer, and resident memory."""

import http.client
from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from benchmarks.machine import resident_megabytes
from benchmarks.process import ServerProcess, movieserver
from benchmarks.reads import TOP_TEN, look_up
from benchmarks.report import Result, Target, ratio
from benchmarks.rounds import Bench
from movieserver.catalogue import shipped_movies, shipped_nominees
from movieserver.clock import SystemClock
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import make_secret

Request = tuple[str, str, bytes | None, dict[str, str]]
"""The method, the target, the body and the headers."""
ROW = "movieserver --profile dev"
FIRST, SECOND = "first start, empty folder, s", "second start, s"
FRESH, USED = "resident after the start, MB", "resident after the requests, MB"


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("start")
    figures: dict[str, list[float]] = defaultdict(list)
    for number in range(bench.effort.rounds):
        data = folder / str(number)
        with movieserver("dev", data, TOP_TEN) as server:
            figures[FIRST].append(server.seconds_to_answer)
            figures[FRESH].append(resident_megabytes(server.pid))
            send(server, islice(requests(data), bench.effort.requests))
            figures[USED].append(resident_megabytes(server.pid))
        with movieserver("dev", data, TOP_TEN) as server:
            figures[SECOND].append(server.seconds_to_answer)
    limits = {FIRST: 1.0, SECOND: 1.0, FRESH: 80.0, USED: 80.0}
    title = f"Start, and {bench.effort.requests:,} requests, one in five of them a rate"
    targets = [
        Target(name, ratio(figures[name], [1.0]), at_most=limit) for name, limit in limits.items()
    ]
    return Result(title, {"process": {ROW: dict(figures)}}, targets)


def requests(data: Path) -> Iterator[Request]:
    """Two look-ups, two top tens and a rate, over and over."""
    token = issue_token(make_secret(data), "user", 3600, SystemClock())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    titles = cycle(nominee.title for nominee in shipped_nominees())
    for movie in cycle(shipped_movies()):
        for title in islice(titles, 2):
            yield "GET", look_up(title), None, {}
            yield "GET", TOP_TEN, None, {}
        yield "POST", f"/movies/{movie.id}/users/rate", b'{"rate": 9}', headers


def send(server: ServerProcess, wanted: Iterator[Request]) -> None:
    """Send requests one after another; raises ``RuntimeError`` unless each is answered 200."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for method, target, body, headers in wanted:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {target} is answered {response.status}: {answer!r}")
    connection.close()
