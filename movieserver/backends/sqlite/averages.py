"""Per-user states and the averages derived from them, each within the caller's transaction."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence

from movieserver.models import RATES, Average, Rate

COLUMNS = [f"rate_{rate}" for rate in RATES]

STATE = "SELECT movie_id, user_id, rate, version FROM user_rates"
GET = "SELECT rate, version FROM user_rates WHERE movie_id = ? AND user_id = ?"
PUT = """
    INSERT INTO user_rates (movie_id, user_id, rate, version) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET rate = excluded.rate, version = excluded.version
"""
DELETE = "DELETE FROM user_rates WHERE movie_id = ? AND user_id = ?"
MOVE = f"""
    INSERT INTO movies (id, {", ".join(COLUMNS)}) VALUES (?, {", ".join("?" * 10)})
    ON CONFLICT DO UPDATE SET {", ".join(f"{c} = {c} + excluded.{c}" for c in COLUMNS)}
"""
SET = f"""
    INSERT INTO movies (id, {", ".join(COLUMNS)}) VALUES (?, {", ".join("?" * 10)})
    ON CONFLICT DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in COLUMNS)}
"""
KEPT = f"SELECT {', '.join(COLUMNS)} FROM movies WHERE id = ?"
COUNTED = """
    SELECT rate, count(*) FROM user_rates WHERE movie_id = ? AND rate IS NOT NULL GROUP BY rate
"""
CHANGED = "UPDATE revisions SET movies = movies + 1"


class Deltas:
    """By how much the counts of films move."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}

    def add(self, movie_id: str, rate: int | None, number: int) -> None:
        """Move the count of ``rate``, which may be none, by ``number``."""
        counts = self._counts.setdefault(movie_id, [0] * 10)
        if rate is not None:
            counts[rate - 1] += number

    def write(self, connection: sqlite3.Connection) -> None:
        """Move the averages, and note that they moved."""
        rows = [(movie_id, *counts) for movie_id, counts in sorted(self._counts.items())]
        connection.executemany(MOVE, rows)
        connection.execute(CHANGED)


def apply(connection: sqlite3.Connection, rates: Iterable[Rate]) -> int:
    """Take each of ``rates`` that precedes its state; returns how many states changed."""
    deltas = Deltas()
    rows = []
    for rate in winners(rates):
        kept = state(connection, rate.movie_id, rate.user_id)
        if kept is None or kept.precedence < rate.precedence:
            if kept is not None:
                deltas.add(rate.movie_id, kept.rate, -1)
            deltas.add(rate.movie_id, rate.rate, 1)
            rows.append((rate.movie_id, rate.user_id, rate.rate, rate.version))
    if rows:
        connection.executemany(PUT, rows)
        deltas.write(connection)
    return len(rows)


def winners(rates: Iterable[Rate]) -> list[Rate]:
    """The rate of greatest precedence for each film and user, in the order of the table."""
    best: dict[tuple[str, str], Rate] = {}
    for rate in rates:
        key = (rate.movie_id, rate.user_id)
        other = best.get(key)
        if other is None or other.precedence < rate.precedence:
            best[key] = rate
    return [best[key] for key in sorted(best)]


def state(connection: sqlite3.Connection, movie_id: str, user_id: str) -> Rate | None:
    """What a user thinks of a film by the events so far."""
    row = connection.execute(GET, (movie_id, user_id)).fetchone()
    return Rate(user_id, movie_id, *row) if row else None


def correct(connection: sqlite3.Connection, wrong: Sequence[Rate], right: Sequence[Rate]) -> int:
    """Replace the states ``wrong`` that are still there; returns how many were."""
    truth = {(rate.movie_id, rate.user_id): rate for rate in right}
    deltas, removed = Deltas(), 0
    for rate in wrong:
        key = (rate.movie_id, rate.user_id)
        if state(connection, *key) != rate:
            continue
        connection.execute(DELETE, key)
        deltas.add(rate.movie_id, rate.rate, -1)
        removed += 1
        if key in truth:
            connection.execute(PUT, (*key, truth[key].rate, truth[key].version))
            deltas.add(rate.movie_id, truth[key].rate, 1)
    if removed:
        deltas.write(connection)
    return removed


def recount(connection: sqlite3.Connection, movie_ids: Collection[str]) -> list[Average]:
    """Set the averages to what the states add up to; returns those that were wrong."""
    wrong: list[Average] = []
    for movie_id in movie_ids:
        counted = dict(connection.execute(COUNTED, (movie_id,)).fetchall())
        counts = tuple(counted.get(rate, 0) for rate in RATES)
        kept = connection.execute(KEPT, (movie_id,)).fetchone() or (0,) * 10
        if kept != counts:
            total = sum(rate * count for rate, count in zip(RATES, kept, strict=True))
            wrong.append(Average(movie_id, total, sum(kept)))
            connection.execute(SET, (movie_id, *counts))
    if wrong:
        connection.execute(CHANGED)
    return wrong
