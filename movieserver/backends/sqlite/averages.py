"""Per-user states, from which triggers derive the averages, within the caller's transaction."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from operator import attrgetter

from movieserver.backends.sqlite.rows import execute_rows
from movieserver.models import RATES, Average, Rate, prevailing

KEY = attrgetter("movie_id", "user_id")
COLUMNS = [f"rate_{rate}" for rate in RATES]

# The comparison is Rate.precedence: a removal, which has no rate, counts as 11.
APPLY = """
    INSERT OR FAIL INTO user_rates (movie_id, user_id, rate, version) VALUES {rows}
    ON CONFLICT DO UPDATE SET rate = excluded.rate, version = excluded.version
    WHERE (excluded.version, ifnull(excluded.rate, 11)) > (version, ifnull(rate, 11))
"""
INSERT = "INSERT INTO user_rates (movie_id, user_id, rate, version) VALUES (?, ?, ?, ?)"
DELETE = """
    DELETE FROM user_rates WHERE movie_id = ? AND user_id = ? AND rate IS ? AND version = ?
"""
# Grouped in the order of the table: grouping by the ids given would first sort all their rates.
COUNTED = f"""
    SELECT value AS id, {", ".join(f"ifnull({column}, 0) AS {column}" for column in COLUMNS)}
    FROM json_each(?1) LEFT JOIN (
        SELECT movie_id, {", ".join(f"sum(rate IS {rate}) AS rate_{rate}" for rate in RATES)}
        FROM user_rates WHERE movie_id IN (SELECT value FROM json_each(?1)) GROUP BY movie_id
    ) ON movie_id = value
"""
WRONG = f"""
    SELECT id, ifnull(movies.rate_sum, 0), ifnull(movies.rate_count, 0),
        {", ".join(f"counted.{column}" for column in COLUMNS)}
    FROM ({COUNTED}) AS counted LEFT JOIN movies USING (id)
    WHERE {" OR ".join(f"ifnull(movies.{column}, 0) <> counted.{column}" for column in COLUMNS)}
    ORDER BY id
"""
SET = f"""
    INSERT INTO movies (id, {", ".join(COLUMNS)}) VALUES (?, {", ".join("?" * 10)})
    ON CONFLICT DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in COLUMNS)}
"""
CHANGED = "UPDATE revisions SET movies = movies + 1"


def apply(connection: sqlite3.Connection, rates: Sequence[Rate]) -> int:
    """Store each of ``rates`` that has precedence over its state; returns how many have."""
    # In the order of the table, so that neighbours share a page and each page is touched once.
    ordered = sorted(prevailing(rates).values(), key=KEY)
    rows = [(rate.movie_id, rate.user_id, rate.rate, rate.version) for rate in ordered]
    changed = execute_rows(connection, APPLY, rows)
    if changed:
        connection.execute(CHANGED)
    return changed


def correct(connection: sqlite3.Connection, wrong: Sequence[Rate], right: Sequence[Rate]) -> int:
    """Replace the states ``wrong`` that are still there by ``right``; returns how many were."""
    truth = {(rate.movie_id, rate.user_id): rate for rate in right}
    removed = 0
    for rate in wrong:
        key = (rate.movie_id, rate.user_id)
        if connection.execute(DELETE, (*key, rate.rate, rate.version)).rowcount:
            removed += 1
            if key in truth:
                connection.execute(INSERT, (*key, truth[key].rate, truth[key].version))
    if removed:
        connection.execute(CHANGED)
    return removed


def recount(connection: sqlite3.Connection, movie_ids: Collection[str]) -> list[Average]:
    """Set the averages to what the states add up to; returns the wrong ones as they were."""
    wrong = connection.execute(WRONG, (json.dumps(list(set(movie_ids))),)).fetchall()
    if wrong:
        connection.executemany(SET, [(row[0], *row[3:]) for row in wrong])
        connection.execute(CHANGED)
    return [Average(*row[:3]) for row in wrong]
