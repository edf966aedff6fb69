"""The movie store on SQLite."""

import json
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from movieserver.backends.movie_store import MovieStore
from movieserver.backends.sqlite import averages, ranking
from movieserver.backends.sqlite.rows import execute_rows
from movieserver.backends.sqlite.store import SqliteStore
from movieserver.models import Average, Movie, Nominee, Rate, RatedMovie, Revision

PAGE = 2000
"""The most rows in one list of a scan."""
PAUSE = 0.02
"""Minimum seconds between two looks at the revision, because any write to the file causes one."""

NOMINEE = "id, title, film_year, award_year, ceremony, additional_info, won, alternative_titles"
PUT_NOMINEE = f"""
    INSERT INTO nominees ({NOMINEE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET title = excluded.title, film_year = excluded.film_year,
        award_year = excluded.award_year, ceremony = excluded.ceremony,
        additional_info = excluded.additional_info, won = excluded.won,
        alternative_titles = excluded.alternative_titles
    WHERE (title, film_year, award_year, ceremony, additional_info, won, alternative_titles)
        <> (excluded.title, excluded.film_year, excluded.award_year, excluded.ceremony,
            excluded.additional_info, excluded.won, excluded.alternative_titles)
"""
NOMINEES = f"SELECT {NOMINEE} FROM nominees ORDER BY ceremony, id"
PUT_MOVIES = """
    INSERT OR FAIL INTO movies (id, title, year, box_office_value) VALUES {rows}
    ON CONFLICT DO UPDATE SET title = excluded.title, year = excluded.year,
        box_office_value = excluded.box_office_value
    WHERE (title, year, box_office_value)
        IS NOT (excluded.title, excluded.year, excluded.box_office_value)
"""
MOVIES = f"""
    SELECT id, title, year, box_office_value FROM movies
    WHERE id > ? AND title IS NOT NULL ORDER BY id LIMIT {PAGE}
"""
EMPTY = """
    SELECT NOT EXISTS (SELECT 1 FROM nominees),
        NOT EXISTS (SELECT 1 FROM movies WHERE title IS NOT NULL)
"""
REVISION = "SELECT nominees, movies, top10 FROM revisions"
AVERAGES = f"""
    SELECT id, rate_sum, rate_count FROM movies
    WHERE id > ? AND (rate_sum <> 0 OR rate_count <> 0) ORDER BY id LIMIT {PAGE}
"""
STATES = f"""
    SELECT user_id, movie_id, rate, version FROM user_rates
    WHERE (movie_id, user_id) > (?, ?) ORDER BY movie_id, user_id LIMIT {PAGE}
"""
# One look into the index for each film that has states, however many they are.
IDS = """
    WITH RECURSIVE stated (id) AS (
        SELECT min(movie_id) FROM user_rates WHERE movie_id > ?1
        UNION ALL
        SELECT (SELECT min(movie_id) FROM user_rates WHERE movie_id > stated.id)
        FROM stated WHERE id IS NOT NULL
    )
    SELECT id FROM (SELECT id FROM stated WHERE id IS NOT NULL LIMIT ?2)
    UNION
    SELECT id FROM (
        SELECT id FROM movies WHERE id > ?1 AND (rate_count <> 0 OR rate_sum <> 0)
        ORDER BY id LIMIT ?2
    )
    ORDER BY id LIMIT ?2
"""


class SqliteMovieStore(SqliteStore, MovieStore):
    """Nominees, movies and averages in one SQLite file."""

    schema = files(__package__).joinpath("movie_store.sql").read_text("utf-8")

    async def put_nominees(self, nominees: Sequence[Nominee]) -> None:
        await self._database.write(partial(_put_nominees, nominees=nominees))

    async def put_movies(self, movies: Sequence[Movie]) -> None:
        await self._database.write(partial(_put_movies, movies=movies))

    async def seed(self, nominees: Sequence[Nominee], movies: Sequence[Movie]) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            no_nominees, no_movies = connection.execute(EMPTY).fetchone()
            if no_nominees:
                _put_nominees(connection, nominees)
            if no_movies:
                _put_movies(connection, movies)
                ranking.refresh(connection)
            return bool(no_nominees or no_movies)

        return await self._database.write(work)

    async def nominees(self) -> list[Nominee]:
        def work(connection: sqlite3.Connection) -> list[Nominee]:
            return [_nominee(row) for row in connection.execute(NOMINEES)]

        return await self._database.read(work)

    async def movie(self, movie_id: str) -> RatedMovie | None:
        return await self._database.read(partial(ranking.movie, movie_id=movie_id))

    async def scan_movies(self) -> AsyncIterator[list[Movie]]:
        last = ""
        while rows := await self._rows(MOVIES, last):
            yield [Movie(*row) for row in rows]
            last = rows[-1][0]

    async def top(self, limit: int, min_votes: int = 0) -> list[RatedMovie]:
        return await self._database.read(partial(ranking.top, limit=limit, min_votes=min_votes))

    async def top10(self) -> list[RatedMovie]:
        return await self._database.read(ranking.view)

    async def refresh_top10(self) -> bool:
        if not await self._database.read(ranking.stale):
            return False
        return await self._database.write(ranking.refresh)

    async def top_weighted(self, limit: int, prior_count: int) -> tuple[float, list[RatedMovie]]:
        work = partial(ranking.weighted, limit=limit, prior_count=prior_count)
        return await self._database.read(work)

    async def apply(self, rates: Sequence[Rate]) -> int:
        return await self._database.write(partial(averages.apply, rates=rates))

    async def revision(self) -> Revision:
        return Revision(*(await self._rows(REVISION))[0])

    async def wait_changed(self, since: Revision, timeout: float) -> Revision:
        clock = self._database.clock
        deadline = clock.monotonic() + timeout
        while True:
            generation = self._database.generation
            revision = await self.revision()
            remaining = deadline - clock.monotonic()
            if revision != since or remaining <= 0:
                return revision
            pause = min(PAUSE, remaining)
            await clock.sleep(pause)
            await self._database.wait_changed(generation, remaining - pause)

    async def scan_averages(self) -> AsyncIterator[list[Average]]:
        last = ""
        while rows := await self._rows(AVERAGES, last):
            yield [Average(*row) for row in rows]
            last = rows[-1][0]

    async def scan_states(self) -> AsyncIterator[list[Rate]]:
        last = ("", "")
        while rows := await self._rows(STATES, *last):
            yield [Rate(*row) for row in rows]
            last = (rows[-1][1], rows[-1][0])

    async def correct(self, wrong: Sequence[Rate], right: Sequence[Rate]) -> int:
        return await self._database.write(partial(averages.correct, wrong=wrong, right=right))

    async def recount(self, movie_ids: Collection[str]) -> list[Average]:
        return await self._database.write(partial(averages.recount, movie_ids=movie_ids))

    async def average_ids(self, after: str, limit: int) -> list[str]:
        return [row[0] for row in await self._rows(IDS, after, limit)]


def _put_nominees(connection: sqlite3.Connection, nominees: Sequence[Nominee]) -> None:
    rows = [
        (n.id, n.title, n.film_year, n.award_year, n.ceremony, n.additional_info, n.won, titles(n))
        for n in nominees
    ]
    if connection.executemany(PUT_NOMINEE, rows).rowcount:
        connection.execute("UPDATE revisions SET nominees = nominees + 1")


def _put_movies(connection: sqlite3.Connection, movies: Sequence[Movie]) -> None:
    rows = [(m.id, m.title, m.year, m.box_office_value) for m in movies]
    if execute_rows(connection, PUT_MOVIES, rows):
        connection.execute(averages.CHANGED)


def titles(nominee: Nominee) -> str:
    """The alternative titles in the form in which they are stored."""
    return json.dumps(nominee.alternative_titles, ensure_ascii=False)


def _nominee(row: tuple[Any, ...]) -> Nominee:
    values = dict(zip(NOMINEE.split(", "), row, strict=True))
    won, alternatives = bool(values.pop("won")), json.loads(values.pop("alternative_titles"))
    return Nominee(**values, won=won, alternative_titles=tuple(alternatives))
