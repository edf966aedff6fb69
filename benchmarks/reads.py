"""Reads: look-ups and the top ten, compared with the same endpoints in other frameworks."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.load import get, run_load, write_requests
from benchmarks.process import ServerProcess, movieserver
from benchmarks.report import Result, Target, ratio
from benchmarks.rounds import Bench, Measure, interleaved
from movieserver.catalogue import shipped_nominees
from movieserver.titles import TitleIndex

OURS = "movieserver --profile public"
CONTENDERS = {
    "Tornado, RequestHandler": "tornado_reads",
    "FastAPI on uvicorn": "fastapi_reads",
    "aiohttp on uvloop": "aiohttp_reads",
}
LOOK_UPS = 600
"""The most titles that are asked for in turn."""
TOP_TEN = "/movies/top10"


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("reads")
    nominees = plain_nominees(LOOK_UPS)
    kinds = requests(folder, nominees)
    with ExitStack() as stack:
        ours = stack.enter_context(movieserver("public", folder / "data", TOP_TEN))
        data = write_data(folder / "data.json", nominees, json.loads(ours.get(TOP_TEN))["result"])
        servers = {OURS: ours}
        for name, module in CONTENDERS.items():
            servers[name] = stack.enter_context(contender(module, str(data), folder=folder))
        check_same_answers(servers, nominees)
        table = interleaved(
            bench.effort,
            {name: loads(bench, server, kinds) for name, server in servers.items()},
        )
    return Result("Reads", {"server": table}, targets(table))


def plain_nominees(count: int) -> list[dict[str, Any]]:
    """The answers for the first ``count`` nominees whose titles are unambiguous."""
    nominees = shipped_nominees()
    index = TitleIndex(nominees)
    answers = [index.find(nominee.title) for nominee in nominees]
    values = [json.loads(answer.body) for answer in answers if answer is not None]
    return [value for value in values if "alternatives" not in value][:count]


def look_up(title: str) -> str:
    """The request target of a look-up."""
    return "/movies/bestpictures?" + urlencode({"title": title})


def requests(folder: Path, nominees: Sequence[Mapping[str, Any]]) -> dict[str, Path]:
    """The files of requests, by kind."""
    look_ups = [get(look_up(nominee["title"])) for nominee in nominees]
    return {
        "look-ups": write_requests(folder / "look-ups", look_ups),
        "top tens": write_requests(folder / "top tens", [get(TOP_TEN)]),
    }


def loads(bench: Bench, server: ServerProcess, kinds: Mapping[str, Path]) -> dict[str, Measure]:
    """The measures of one server, by kind of request."""
    return {
        kind: partial(run_load, bench.generator, server.port, file) for kind, file in kinds.items()
    }


def write_data(path: Path, nominees: Sequence[Any], movies: Sequence[Any]) -> Path:
    """Write the file that the contenders load into a dictionary."""
    path.write_text(json.dumps({"nominees": nominees, "top10": movies}), "utf-8")
    return path


def contender(module: str, *arguments: str, folder: Path) -> ServerProcess:
    """A server in ``benchmarks.contenders``; it is ready when it answers with the top ten."""
    name = f"benchmarks.contenders.{module}"
    return ServerProcess(name, *arguments, "{port}", ready=TOP_TEN, log=folder / f"{module}.log")


def check_same_answers(
    servers: Mapping[str, ServerProcess], nominees: Sequence[Mapping[str, Any]]
) -> None:
    """Raise ``RuntimeError`` unless all servers give the same answers to a sample of requests."""
    for target in (TOP_TEN, *(look_up(nominee["title"]) for nominee in nominees[::20])):
        answers = {name: json.loads(server.get(target)) for name, server in servers.items()}
        if any(answer != answers[OURS] for answer in answers.values()):
            raise RuntimeError(f"GET {target} is answered differently: {answers}")


def targets(table: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Target]:
    """The targets."""
    asked = {"Tornado, RequestHandler": 1.25, "FastAPI on uvicorn": 1.0}
    return [
        Target(f"{kind}: movieserver / {name}", ratio(table[OURS][kind], table[name][kind]), bound)
        for kind in ("look-ups/s", "top tens/s")
        for name, bound in asked.items()
    ]
