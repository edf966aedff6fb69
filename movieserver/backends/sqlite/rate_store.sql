-- Rows are in the order of their first put: what is announced soon after is found side by side.
CREATE TABLE IF NOT EXISTS rates (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    movie_id TEXT NOT NULL,
    rate INTEGER,
    version INTEGER NOT NULL,
    -- When the state was put, in milliseconds since 1970, until it is announced.
    pending INTEGER,
    UNIQUE (user_id, movie_id)
);
CREATE INDEX IF NOT EXISTS rates_newest ON rates (user_id, version, movie_id)
    WHERE rate IS NOT NULL;
CREATE INDEX IF NOT EXISTS rates_pending ON rates (pending)
    WHERE pending IS NOT NULL;
