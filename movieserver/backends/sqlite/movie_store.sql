CREATE TABLE IF NOT EXISTS nominees (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    film_year INTEGER NOT NULL,
    award_year TEXT NOT NULL,
    ceremony INTEGER NOT NULL,
    additional_info TEXT NOT NULL,
    won INTEGER NOT NULL,
    alternative_titles TEXT NOT NULL
) WITHOUT ROWID;

-- A row for every film that is in the catalogue or that somebody rated; one that is only rated
-- has no title. How often a film was rated 1 to 10 is all that is kept of its average: the rest
-- follows, and cannot disagree.
CREATE TABLE IF NOT EXISTS movies (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT,
    year INTEGER,
    box_office_value INTEGER,
    rate_1 INTEGER NOT NULL DEFAULT 0,
    rate_2 INTEGER NOT NULL DEFAULT 0,
    rate_3 INTEGER NOT NULL DEFAULT 0,
    rate_4 INTEGER NOT NULL DEFAULT 0,
    rate_5 INTEGER NOT NULL DEFAULT 0,
    rate_6 INTEGER NOT NULL DEFAULT 0,
    rate_7 INTEGER NOT NULL DEFAULT 0,
    rate_8 INTEGER NOT NULL DEFAULT 0,
    rate_9 INTEGER NOT NULL DEFAULT 0,
    rate_10 INTEGER NOT NULL DEFAULT 0,
    rate_count INTEGER NOT NULL GENERATED ALWAYS AS (
        rate_1 + rate_2 + rate_3 + rate_4 + rate_5 + rate_6 + rate_7 + rate_8 + rate_9 + rate_10
    ) STORED,
    rate_sum INTEGER NOT NULL GENERATED ALWAYS AS (
        rate_1 + 2 * rate_2 + 3 * rate_3 + 4 * rate_4 + 5 * rate_5
        + 6 * rate_6 + 7 * rate_7 + 8 * rate_8 + 9 * rate_9 + 10 * rate_10
    ) STORED,
    -- The mean in tenths, halves up.
    rate_tenths INTEGER NOT NULL GENERATED ALWAYS AS (
        CASE rate_count WHEN 0 THEN 0 ELSE (20 * rate_sum + rate_count) / (2 * rate_count) END
    ) STORED
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS movies_ranking
    ON movies (rate_tenths DESC, box_office_value DESC, rate_count DESC, id)
    WHERE title IS NOT NULL;

-- What every user thinks of every film, by the events applied so far; a removal has no rate.
CREATE TABLE IF NOT EXISTS user_rates (
    movie_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    rate INTEGER,
    version INTEGER NOT NULL,
    PRIMARY KEY (movie_id, user_id)
) WITHOUT ROWID;

-- The view: the ten first films of the ranking as of the last refresh.
CREATE TABLE IF NOT EXISTS top10_rated_movie (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    year INTEGER,
    box_office_value INTEGER,
    rate_1 INTEGER NOT NULL,
    rate_2 INTEGER NOT NULL,
    rate_3 INTEGER NOT NULL,
    rate_4 INTEGER NOT NULL,
    rate_5 INTEGER NOT NULL,
    rate_6 INTEGER NOT NULL,
    rate_7 INTEGER NOT NULL,
    rate_8 INTEGER NOT NULL,
    rate_9 INTEGER NOT NULL,
    rate_10 INTEGER NOT NULL
);

-- How often each part changed; viewed is the revision of the movies that the view shows.
CREATE TABLE IF NOT EXISTS revisions (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    nominees INTEGER NOT NULL DEFAULT 0,
    movies INTEGER NOT NULL DEFAULT 0,
    top10 INTEGER NOT NULL DEFAULT 0,
    viewed INTEGER NOT NULL DEFAULT 0
);
INSERT INTO revisions (id) VALUES (1) ON CONFLICT DO NOTHING;
