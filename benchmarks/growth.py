"""Growth: what reads and refreshes cost when the lists are many times as long."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from string import ascii_lowercase, digits

from benchmarks.effort import Effort
from benchmarks.events import random_rates
from benchmarks.load import get, run_load, write_requests
from benchmarks.machine import on_server_core
from benchmarks.process import movieserver
from benchmarks.reads import LOOK_UPS, TOP_TEN, look_up
from benchmarks.report import Result, Table, Target, ratio
from benchmarks.rounds import Bench, Measure, interleaved
from movieserver.answers import Answer
from movieserver.backends import MovieStore, StoreContext
from movieserver.backends.sqlite import backend
from movieserver.catalogue import shipped_movies, shipped_nominees
from movieserver.memory import rankings
from movieserver.models import Movie, Nominee
from movieserver.titles import TitleIndex

URL = "sqlite:///movieserver.db"
RATES = 50_000
"""Rates applied to each catalogue before anything is measured."""
REPEATS = 20
"""Refreshes, or passes over the titles, in one round."""
SUGGESTIONS = 20
"""Titles that no nominee has, asked for in one round."""


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("growth")
    sizes = [1, bench.effort.growth]
    for size in sizes:
        on_server_core(prepare, folder / str(size), size, bench.effort)
    index = on_server_core(index_costs, sizes, bench.effort)
    refresh = on_server_core(refresh_costs, folder, sizes, bench.effort)
    http = over_http(bench, folder, sizes)
    tables = {"over HTTP": http, "title index": index, "refresh after one rate": refresh}
    return Result(f"Growth, {sizes[1]} times as much", tables, targets(tables))


def targets(tables: dict[str, Table]) -> list[Target]:
    """The targets: no growth beyond the difference between two equal rounds."""

    def grown(table: str, column: str) -> float:
        small, large = tables[table].values()
        return ratio(large[column], small[column])

    return [
        Target("look-ups/s, grown / shipped", grown("over HTTP", "look-ups/s"), at_least=0.9),
        Target("top tens/s, grown / shipped", grown("over HTTP", "top tens/s"), at_least=0.9),
        Target(
            "µs to find a title, grown / shipped", grown("title index", "found µs"), at_most=1.25
        ),
    ]


def grown_nominees(times: int) -> list[Nominee]:
    """The shipped nominees ``times`` over; copies have other ids, and other titles as long."""
    return [
        replace(nominee, id=f"{nominee.id}-{copy}", title=nominee.title.translate(cipher))
        if copy
        else nominee
        for copy, cipher in enumerate(map(letters_exchanged, range(times)))
        for nominee in shipped_nominees()
    ]


def letters_exchanged(seed: int) -> dict[int, int]:
    """A random translation of letters to letters and of digits to digits."""
    choice = random.Random(seed)
    letters = "".join(choice.sample(ascii_lowercase, len(ascii_lowercase)))
    numbers = "".join(choice.sample(digits, len(digits)))
    return str.maketrans(
        ascii_lowercase + ascii_lowercase.upper() + digits, letters + letters.upper() + numbers
    )


def grown_movies(times: int) -> list[Movie]:
    """The shipped movies ``times`` over; copies have other ids."""
    return [
        replace(movie, id=f"{movie.id}-{copy}") if copy else movie
        for copy in range(times)
        for movie in shipped_movies()
    ]


def sampled_titles(nominees: Sequence[Nominee]) -> list[str]:
    """Titles from all over the list."""
    chosen = random.Random(1).sample(nominees, min(LOOK_UPS, len(nominees)))
    return [nominee.title for nominee in chosen]


def row(size: int) -> str:
    """The name of the row for a size."""
    nominees, movies = len(shipped_nominees()) * size, len(shipped_movies()) * size
    return f"{nominees:,} nominees, {movies:,} movies"


def prepare(folder: Path, size: int, effort: Effort) -> None:
    """Make a data folder with grown lists, some rates and a view."""
    asyncio.run(_prepare(folder, size, effort))


async def _prepare(folder: Path, size: int, effort: Effort) -> None:
    store = backend.movie_store(URL, StoreContext(folder, timeout=60.0))
    await store.open()
    await store.seed(grown_nominees(size), grown_movies(size))
    await store.apply(list(islice(random_rates(), min(RATES, effort.events))))
    await store.refresh_top10()
    await store.close()


def index_costs(sizes: Sequence[int], effort: Effort) -> Table:
    """The costs of making the index, finding a title and suggesting one."""
    table: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    subjects = []
    for size in sizes:
        nominees = grown_nominees(size)
        started = time.perf_counter()
        index = TitleIndex(nominees)
        table[row(size)]["made s"] = [time.perf_counter() - started]
        subjects.append((row(size), index, sampled_titles(nominees)))
    for _ in range(effort.rounds):
        for name, index, titles in subjects:
            found = each(partial(find_all, index, titles * REPEATS), len(titles) * REPEATS)
            table[name]["found µs"].append(found * 1e6)
            unknown = [f"{title} unheard of" for title in titles[:SUGGESTIONS]]
            suggested = each(partial(suggest_all, index, unknown), len(unknown))
            table[name]["suggested ms"].append(suggested * 1e3)
    return {name: dict(figures) for name, figures in table.items()}


def each(work: Callable[[], None], count: int) -> float:
    """Seconds per item, when ``work`` handles ``count`` items."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) / count


def find_all(index: TitleIndex, titles: Sequence[str]) -> None:
    """Find each of ``titles``; raises ``RuntimeError`` if one is not found."""
    for title in titles:
        if index.find(title) is None:
            raise RuntimeError(f"{title!r} is not found")


def suggest_all(index: TitleIndex, titles: Sequence[str]) -> None:
    """Ask for suggestions for each of ``titles``."""
    for title in titles:
        index.suggest(title)


def refresh_costs(folder: Path, sizes: Sequence[int], effort: Effort) -> Table:
    """The costs of bringing the stored view and the top ten in memory up to date after one rate."""
    return asyncio.run(_refresh_costs(folder, sizes, effort))


async def _refresh_costs(folder: Path, sizes: Sequence[int], effort: Effort) -> Table:
    stores = {
        row(size): backend.movie_store(URL, StoreContext(folder / str(size))) for size in sizes
    }
    table: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for store in stores.values():
        await store.open()
    rates = random_rates()
    for _ in range(effort.rounds * REPEATS):
        for name, store in stores.items():
            await store.apply([next(rates)])
            table[name]["stored view ms"].append(await milliseconds(store.refresh_top10))
            table[name]["top ten in memory ms"].append(await milliseconds(partial(top_ten, store)))
    for store in stores.values():
        await store.close()
    return {name: dict(figures) for name, figures in table.items()}


async def milliseconds(work: Callable[[], Awaitable[object]]) -> float:
    """How many milliseconds ``work`` takes."""
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1e3


async def top_ten(store: MovieStore) -> Answer:
    """Make the top ten, as the job does that keeps it in memory."""
    return rankings.top_ten(await store.top10())


def over_http(bench: Bench, folder: Path, sizes: Sequence[int]) -> Table:
    """Both kinds of read, from servers with the shipped lists and with the grown ones."""
    top_tens = write_requests(folder / "top tens", [get(TOP_TEN)])
    subjects: dict[str, dict[str, Measure]] = {}
    with ExitStack() as stack:
        for size in sizes:
            data = folder / str(size)
            titles = sampled_titles(grown_nominees(size))
            look_ups = write_requests(data / "look-ups", [get(look_up(title)) for title in titles])
            server = stack.enter_context(movieserver("public", data, TOP_TEN))
            subjects[row(size)] = {
                kind: partial(run_load, bench.generator, server.port, file)
                for kind, file in {"look-ups": look_ups, "top tens": top_tens}.items()
            }
        return interleaved(bench.effort, subjects)
