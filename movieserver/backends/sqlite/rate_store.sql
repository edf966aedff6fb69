-- Rows are in the order of their first put: what is announced soon after is found side by side.
-- A user's newest rates are sorted when they are asked for, 2 ms where there are thousands: an
-- index in their order would double what every put costs.
CREATE TABLE IF NOT EXISTS rates (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    movie_id TEXT NOT NULL,
    rate INTEGER,
    -- Never NULL, which is not declared: see rows.py.
    version INTEGER,
    -- When the state was put, in milliseconds since 1970, until it is announced.
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
