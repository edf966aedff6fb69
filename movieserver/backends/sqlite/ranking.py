"""The ranking and the stored view, each within the caller's transaction."""

import sqlite3
from typing import Any

from movieserver.backends.sqlite.averages import COLUMNS
from movieserver.models import RatedMovie

MOVIE = f"id, title, year, box_office_value, {', '.join(COLUMNS)}"
RANKING = "rate_tenths DESC, box_office_value DESC, rate_count DESC, id"

GET = f"SELECT {MOVIE} FROM movies WHERE id = ? AND title IS NOT NULL"
# rate_tenths is 0 for films that nobody rated, and for no others.
TOP = f"""
    SELECT {MOVIE} FROM movies INDEXED BY movies_ranking
    WHERE rate_tenths >= ? AND rate_count >= ? ORDER BY {RANKING} LIMIT ?
"""
MEAN = "SELECT sum(rate_sum), sum(rate_count) FROM movies WHERE rate_tenths > 0"
WEIGHT = "(rate_sum + :m * :mean) / (rate_count + :m) DESC"
# Chosen within the index, so that only the chosen films are read from the table.
WEIGHTED = f"""
    SELECT {MOVIE} FROM (
        SELECT id FROM movies INDEXED BY movies_ranking
        WHERE rate_tenths > 0 ORDER BY {WEIGHT}, {RANKING} LIMIT :limit
    ) JOIN movies USING (id) ORDER BY {WEIGHT}, {RANKING}
"""
UNRATED = f"""
    SELECT {MOVIE} FROM movies INDEXED BY movies_ranking
    WHERE rate_tenths = 0 ORDER BY {RANKING} LIMIT ?
"""
VIEW = f"SELECT {MOVIE} FROM top10_rated_movie ORDER BY position"
EMPTY = "DELETE FROM top10_rated_movie"
FILL = f"""
    INSERT INTO top10_rated_movie (position, {MOVIE}) VALUES ({", ".join("?" * 15)})
"""
CHANGED = "UPDATE revisions SET top10 = top10 + 1"


def movie(connection: sqlite3.Connection, movie_id: str) -> RatedMovie | None:
    """One film of the catalogue."""
    row = connection.execute(GET, (movie_id,)).fetchone()
    return RatedMovie.of(*row) if row else None


def top(connection: sqlite3.Connection, limit: int, min_votes: int) -> list[RatedMovie]:
    """The first films of the ranking."""
    # With min_votes the search stops before the unrated films, whose rate_tenths is 0.
    values = (min(min_votes, 1), min_votes, limit)
    return [RatedMovie.of(*row) for row in connection.execute(TOP, values)]


def view(connection: sqlite3.Connection) -> list[RatedMovie]:
    """The stored view."""
    return [RatedMovie.of(*row) for row in connection.execute(VIEW)]


def stale(connection: sqlite3.Connection) -> bool:
    """Whether the view differs from the current averages; compares ten rows with ten."""
    return bool(_ten(connection) != connection.execute(VIEW).fetchall())


def refresh(connection: sqlite3.Connection) -> bool:
    """Bring the view up to date; returns whether its content changed."""
    if not stale(connection):
        return False
    rows = [(position, *row) for position, row in enumerate(_ten(connection), 1)]
    connection.execute(EMPTY)
    connection.executemany(FILL, rows)
    connection.execute(CHANGED)
    return True


def _ten(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(TOP, (0, 0, 10)).fetchall()


def weighted(
    connection: sqlite3.Connection, limit: int, prior_count: int
) -> tuple[float, list[RatedMovie]]:
    """The mean of all rates, and the first films by weighted rate."""
    total, count = connection.execute(MEAN).fetchone()
    mean = total / count if count else 0.0
    values = {"m": prior_count, "mean": mean, "limit": limit}
    best = connection.execute(WEIGHTED, values).fetchall()
    best += connection.execute(UNRATED, (limit - len(best),))
    return mean, [RatedMovie.of(*row) for row in best]
