"""The movie store on PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import fields
from functools import partial

from movieserver.backends.movie_store import MovieStore
from movieserver.backends.postgres import averages, ranking, schema
from movieserver.backends.postgres.address import Address
from movieserver.backends.postgres.database import Database, Row, Session
from movieserver.backends.postgres.failures import translated
from movieserver.clock import Clock
from movieserver.errors import StoreRefused
from movieserver.models import Average, Movie, Nominee, Rate, RatedMovie, Revision, prevailing
from movieserver.retries import retried

PAGE = 2000
"""The most rows in one list of a scan."""
CHUNK = 5000
"""The most rows that one statement of an import writes."""
POLL = 0.25
"""Seconds between two looks at the revision, in case a notification is lost."""
RECOUNTED = 1000
"""Rows that each film counts as for the time limit of a recount."""

NOMINEE = "id, title, film_year, award_year, ceremony, additional_info, won, alternative_titles"
PUT_NOMINEES = f"""
    WITH put AS (
        INSERT INTO nominees AS kept ({NOMINEE})
        SELECT {NOMINEE} FROM json_populate_recordset(NULL::nominees, %s) ORDER BY id
        ON CONFLICT (id) DO UPDATE SET ({NOMINEE}) = ROW (excluded.*)
        WHERE kept IS DISTINCT FROM excluded
        RETURNING 1
    )
    SELECT count(*) FROM put
"""
NOMINEES = f"SELECT {NOMINEE} FROM nominees ORDER BY ceremony, id"
BUMP_NOMINEES = "UPDATE revisions SET nominees = nominees + 1"
PUT_MOVIES = """
    WITH put AS (
        INSERT INTO movies AS kept (id, title, year, box_office_value)
        SELECT id, title, year, box_office_value
        FROM json_populate_recordset(NULL::movies, %s) ORDER BY id
        ON CONFLICT (id) DO UPDATE SET title = excluded.title, year = excluded.year,
            box_office_value = excluded.box_office_value
        WHERE (kept.title, kept.year, kept.box_office_value)
            IS DISTINCT FROM (excluded.title, excluded.year, excluded.box_office_value)
        RETURNING 1
    )
    SELECT count(*) FROM put
"""
MOVIES = f"""
    SELECT id, title, year, box_office_value FROM movies
    WHERE id > %s AND title IS NOT NULL ORDER BY id LIMIT {PAGE}
"""
# Skipped while the table is vacuumed: this is a hint to the planner, not worth waiting for.
ANALYZE = "ANALYZE (SKIP_LOCKED) movies"
# A seed excludes every put, so a list that it finds empty stays empty until it has put its own.
LOCK_SEED = "SELECT pg_advisory_xact_lock('nominees'::regclass::oid::bigint)"
LOCK_PUT = "SELECT pg_advisory_xact_lock_shared('nominees'::regclass::oid::bigint)"
EMPTY = """
    SELECT NOT EXISTS (SELECT FROM nominees),
        NOT EXISTS (SELECT FROM movies WHERE title IS NOT NULL)
"""
REVISION = "SELECT nominees, movies, top10 FROM revisions"
AVERAGES = f"""
    SELECT id, rate_sum, rate_count FROM movies
    WHERE id > %s AND (rate_count <> 0 OR rate_sum <> 0) ORDER BY id LIMIT {PAGE}
"""
STATES = f"""
    SELECT user_id, movie_id, rate, version FROM user_rates
    WHERE (movie_id, user_id) > (%s, %s) ORDER BY movie_id, user_id LIMIT {PAGE}
"""
# The start and every step of the recursion find the next film's first state by the index.
IDS = """
    WITH RECURSIVE stated (id) AS (
        (SELECT movie_id FROM user_rates WHERE movie_id > %s ORDER BY movie_id LIMIT 1)
        UNION ALL
        SELECT next.movie_id FROM stated CROSS JOIN LATERAL (
            SELECT movie_id FROM user_rates WHERE movie_id > stated.id ORDER BY movie_id LIMIT 1
        ) AS next
    )
    (SELECT id FROM stated LIMIT %s)
    UNION
    (SELECT id FROM movies WHERE id > %s AND (rate_count <> 0 OR rate_sum <> 0)
     ORDER BY id LIMIT %s)
    ORDER BY id LIMIT %s
"""


class PostgresMovieStore(MovieStore):
    """Nominees, movies and averages in one database."""

    def __init__(self, address: Address, clock: Clock, timeout: float) -> None:
        self._address = address
        self._clock = clock
        self._database = Database(address, timeout)

    async def open(self) -> None:
        self._database.open()
        async with self._database.session() as session:
            await schema.check(session, self._database.label)

    async def migrate(self) -> list[str]:
        with translated(self._database.label):
            return await schema.migrate(self._address)

    async def close(self) -> None:
        await self._database.close()

    async def ping(self) -> None:
        async with self._database.session() as session:
            await schema.check_relations(session, self._database.label)

    async def put_nominees(self, nominees: Sequence[Nominee]) -> None:
        async with self._database.transaction(len(nominees)) as session:
            await session.execute(LOCK_PUT)
            await _put_nominees(session, nominees)

    async def put_movies(self, movies: Sequence[Movie]) -> None:
        async with self._database.transaction(len(movies)) as session:
            await session.execute(LOCK_PUT)
            await _put_movies(session, movies)

    async def seed(self, nominees: Sequence[Nominee], movies: Sequence[Movie]) -> bool:
        async with self._database.transaction(len(nominees) + len(movies)) as session:
            await session.execute(LOCK_SEED)
            [(no_nominees, no_movies)] = await session.execute(EMPTY)
            # Films first: they have to be locked before the revision, which both change.
            if no_movies:
                # Before the films, because who refreshes changes the revision last.
                await session.execute(ranking.WAIT)
                await _put_movies(session, movies)
                await ranking.refresh(session)
            if no_nominees:
                await _put_nominees(session, nominees)
            return bool(no_nominees or no_movies)

    async def nominees(self) -> list[Nominee]:
        return [_nominee(row) for row in await self._database.fetch(NOMINEES)]

    async def movie(self, movie_id: str) -> RatedMovie | None:
        rows = await self._database.fetch(ranking.GET, movie_id)
        return RatedMovie.of(*rows[0]) if rows else None

    async def scan_movies(self) -> AsyncIterator[list[Movie]]:
        last = ""
        while rows := await self._page(MOVIES, last):
            yield [Movie(*row) for row in rows]
            last = rows[-1][0]

    async def top(self, limit: int, min_votes: int = 0) -> list[RatedMovie]:
        # With min_votes the search stops before the unrated films, whose rate_tenths is 0.
        rows = await self._database.fetch(ranking.TOP, min(min_votes, 1), min_votes, limit)
        # In a thread, because there may be a million.
        return await asyncio.to_thread(lambda: [RatedMovie.of(*row) for row in rows])

    async def top10(self) -> list[RatedMovie]:
        return [RatedMovie.of(*row) for row in await self._database.fetch(ranking.VIEW)]

    async def refresh_top10(self) -> bool:
        if not (await self._revisions(ranking.STALE))[0]:
            return False
        async with self._database.transaction() as session:
            return await ranking.refresh(session)

    async def top_weighted(self, limit: int, prior_count: int) -> tuple[float, list[RatedMovie]]:
        values = (prior_count, prior_count, limit, limit, limit)
        rows = await self._database.fetch(ranking.WEIGHTED, *values)
        return rows[0][0], [RatedMovie.of(*row[1:]) for row in rows if row[1] is not None]

    async def apply(self, rates: Sequence[Rate]) -> int:
        # In a thread, like all work on many rates.
        states = await asyncio.to_thread(lambda: averages.states(list(prevailing(rates).values())))
        rows = await self._database.fetch(averages.APPLY, *states, written=len(rates))
        return int(rows[0][0])

    async def revision(self) -> Revision:
        return Revision(*await self._revisions(REVISION))

    async def wait_changed(self, since: Revision, timeout: float) -> Revision:
        deadline = self._clock.monotonic() + timeout
        while True:
            # Listen before looking, so that a change in between is heard.
            heard = await self._database.listen()
            revision = await self.revision()
            remaining = deadline - self._clock.monotonic()
            if revision != since or remaining <= 0:
                return revision
            await asyncio.wait({heard}, timeout=min(remaining, POLL))
            if heard.done():
                with translated(self._database.label):
                    heard.result()

    async def scan_averages(self) -> AsyncIterator[list[Average]]:
        last = ""
        while rows := await self._page(AVERAGES, last):
            yield [Average(*row) for row in rows]
            last = rows[-1][0]

    async def scan_states(self) -> AsyncIterator[list[Rate]]:
        last = ("", "")
        while rows := await self._page(STATES, *last):
            yield [Rate(*row) for row in rows]
            last = (rows[-1][1], rows[-1][0])

    async def correct(self, wrong: Sequence[Rate], right: Sequence[Rate]) -> int:
        values = await asyncio.to_thread(averages.corrections, wrong, right)
        rows = await self._database.fetch(averages.CORRECT, *values, written=len(wrong))
        return int(rows[0][0])

    async def recount(self, movie_ids: Collection[str]) -> list[Average]:
        async with self._database.transaction(len(movie_ids) * RECOUNTED) as session:
            return await averages.recount(session, movie_ids)

    async def average_ids(self, after: str, limit: int) -> list[str]:
        rows = await self._database.fetch(IDS, after, limit, after, limit, limit)
        return [row[0] for row in rows]

    async def _revisions(self, statement: str) -> Row:
        """What ``statement`` selects from the only row of ``revisions``."""
        rows = await self._database.fetch(statement)
        if not rows:
            raise StoreRefused(f"{self._database.label}: {schema.EMPTIED}")
        return rows[0]

    async def _page(self, statement: str, *values: object) -> list[Row]:
        """A page of a scan, which may take hours and has to survive a failover."""
        return await retried(partial(self._database.fetch, statement, *values), self._clock)


async def _put_nominees(session: Session, nominees: Sequence[Nominee]) -> None:
    if await _put(session, PUT_NOMINEES, nominees):
        await session.execute(BUMP_NOMINEES)


async def _put_movies(session: Session, movies: Sequence[Movie]) -> None:
    changed = await _put(session, PUT_MOVIES, movies)
    if changed >= CHUNK:
        # Otherwise the planner does not know a new catalogue for a minute, and reads all of it.
        await session.execute(ANALYZE)
    if changed:
        await session.execute(averages.BUMP)


async def _put(session: Session, statement: str, items: Sequence[Nominee] | Sequence[Movie]) -> int:
    """Insert or replace the last of ``items`` for each id, by id; returns how many changed."""
    changed = 0
    for chunk in await asyncio.to_thread(_chunks, items):
        changed += int(await session.value(statement, chunk))
    return changed


def _chunks(items: Sequence[Nominee] | Sequence[Movie]) -> list[str]:
    """The last of ``items`` for each id, by id, as JSON lists of at most ``CHUNK`` rows."""
    last = {item.id: item for item in items}
    rows = [
        {each.name: getattr(last[key], each.name) for each in fields(last[key])}
        for key in sorted(last)
    ]
    return [json.dumps(rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]


def _nominee(row: Row) -> Nominee:
    values = (*row[:-1], tuple(row[-1]))
    return Nominee(*values)
