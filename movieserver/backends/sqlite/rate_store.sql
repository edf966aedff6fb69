CREATE TABLE IF NOT EXISTS rates (
    user_id TEXT NOT NULL,
    movie_id TEXT NOT NULL,
    rate INTEGER,
    version INTEGER NOT NULL,
    pending INTEGER,
    PRIMARY KEY (user_id, movie_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rates_newest ON rates (user_id, version, movie_id)
    WHERE rate IS NOT NULL;
CREATE INDEX IF NOT EXISTS rates_pending ON rates (pending)
    WHERE pending IS NOT NULL;
