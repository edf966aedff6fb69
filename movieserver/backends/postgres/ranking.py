"""The ranking, and the stored view of its first ten."""

from movieserver.backends.postgres.averages import COUNTS
from movieserver.backends.postgres.database import Session

MOVIE = f"id, title, year, box_office_value, {COUNTS}"
RANKING = "rate_tenths DESC, box_office_value DESC NULLS LAST, rate_count DESC, id"

GET = f"SELECT {MOVIE} FROM movies WHERE id = %s AND title IS NOT NULL"
# rate_tenths is 0 for films that nobody rated, and for no others.
TOP = f"""
    SELECT {MOVIE} FROM movies
    WHERE title IS NOT NULL AND rate_tenths >= %s AND rate_count >= %s
    ORDER BY {RANKING} LIMIT %s
"""
WEIGHTED = f"""
    WITH mean AS (
        SELECT coalesce(sum(rate_sum)::float8 / sum(rate_count)::float8, 0.0) AS value
        FROM movies WHERE title IS NOT NULL AND rate_tenths > 0
    ), rated AS (
        SELECT movies.*, (rate_sum + %s * mean.value) / (rate_count + %s) AS weighted
        FROM movies, mean WHERE title IS NOT NULL AND rate_tenths > 0
        ORDER BY weighted DESC, {RANKING} LIMIT %s
    ), unrated AS (
        SELECT movies.*, 0.0::float8 AS weighted
        FROM movies WHERE title IS NOT NULL AND rate_tenths = 0
        ORDER BY {RANKING} LIMIT %s
    )
    SELECT mean.value, {MOVIE}
    FROM mean LEFT JOIN (TABLE rated UNION ALL TABLE unrated) AS movies ON true
    ORDER BY weighted DESC, {RANKING} LIMIT %s
"""
VIEW = f"SELECT {MOVIE} FROM top10_rated_movie ORDER BY position"
STALE = "SELECT movies <> viewed FROM revisions"

# One instance refreshes at a time; the lock belongs to this schema and ends with the transaction.
LOCK = "SELECT pg_try_advisory_xact_lock('top10_rated_movie'::regclass::oid::bigint)"
WAIT = "SELECT pg_advisory_xact_lock('top10_rated_movie'::regclass::oid::bigint)"
MOVIES = "SELECT movies FROM revisions"
DIFFERS = """
    SELECT EXISTS (TABLE top10_current_movie EXCEPT TABLE top10_rated_movie)
        OR EXISTS (TABLE top10_rated_movie EXCEPT TABLE top10_current_movie)
"""
REFRESH = "REFRESH MATERIALIZED VIEW CONCURRENTLY top10_rated_movie"
VIEWED = "UPDATE revisions SET viewed = %s, top10 = top10 + %s"


async def refresh(session: Session) -> bool:
    """Bring the view up to date; returns whether its content changed.

    A change after the revision is read makes the view stale again, even if the refresh saw it.
    """
    if not await session.value(LOCK) or not await session.value(STALE):
        return False
    seen = await session.value(MOVIES)
    differs = bool(await session.value(DIFFERS))
    if differs:
        await session.execute(REFRESH)
    await session.execute(VIEWED, seen, int(differs))
    return differs
