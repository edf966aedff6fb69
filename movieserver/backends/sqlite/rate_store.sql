-- Rows are in the order of their first put, so rates that are announced together are neighbours.
-- A user's newest rates are sorted on request, which takes 2 ms for thousands: an index in their
-- order would double the cost of every put.
CREATE TABLE IF NOT EXISTS rates (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    movie_id TEXT NOT NULL,
    rate INTEGER,
    -- Never NULL, but not declared so: see rows.py.
    version INTEGER,
    -- When the state was put, in milliseconds since 1970; NULL once it is announced.
    pending INTEGER,
    UNIQUE (user_id, movie_id)
);
CREATE INDEX IF NOT EXISTS rates_pending ON rates (pending)
    WHERE pending IS NOT NULL;

-- The highest version that was ever put.
CREATE TABLE IF NOT EXISTS latest_rate (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
);
INSERT INTO latest_rate (id, version) SELECT 1, ifnull(max(version), 0) FROM rates
    WHERE NOT EXISTS (SELECT 1 FROM latest_rate)
    ON CONFLICT DO NOTHING;
