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

-- A row for every film that is in the catalogue or was rated; a film that was only rated has no
-- title. All that is stored of its average is how often it was rated 1 to 10: the rest is derived,
-- and cannot disagree. No column that an upsert sets is declared NOT NULL, here and in user_rates,
-- even if it never is NULL: see rows.py.
CREATE TABLE IF NOT EXISTS movies (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT,
    year INTEGER,
    box_office_value INTEGER,
    rate_1 INTEGER DEFAULT 0,
    rate_2 INTEGER DEFAULT 0,
    rate_3 INTEGER DEFAULT 0,
    rate_4 INTEGER DEFAULT 0,
    rate_5 INTEGER DEFAULT 0,
    rate_6 INTEGER DEFAULT 0,
    rate_7 INTEGER DEFAULT 0,
    rate_8 INTEGER DEFAULT 0,
    rate_9 INTEGER DEFAULT 0,
    rate_10 INTEGER DEFAULT 0,
    rate_count INTEGER GENERATED ALWAYS AS (
        rate_1 + rate_2 + rate_3 + rate_4 + rate_5 + rate_6 + rate_7 + rate_8 + rate_9 + rate_10
    ) STORED,
    rate_sum INTEGER GENERATED ALWAYS AS (
        rate_1 + 2 * rate_2 + 3 * rate_3 + 4 * rate_4 + 5 * rate_5
        + 6 * rate_6 + 7 * rate_7 + 8 * rate_8 + 9 * rate_9 + 10 * rate_10
    ) STORED,
    -- The mean in tenths, halves up; NULL for a film outside the catalogue, which is not ranked.
    rate_tenths INTEGER GENERATED ALWAYS AS (
        CASE
            WHEN title IS NULL THEN NULL
            WHEN rate_count = 0 THEN 0
            ELSE (20 * rate_sum + rate_count) / (2 * rate_count)
        END
    ) STORED
);
-- The ranking is read from this index, which holds everything needed to choose among the films.
CREATE INDEX IF NOT EXISTS movies_ranking
    ON movies (rate_tenths DESC, box_office_value DESC, rate_count DESC, id, rate_sum)
    WHERE rate_tenths IS NOT NULL;

-- Every user's state for every film, by the events applied so far; a removal has no rate.
CREATE TABLE IF NOT EXISTS user_rates (
    movie_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    rate INTEGER,
    version INTEGER,
    PRIMARY KEY (movie_id, user_id)
) WITHOUT ROWID;

-- Any statement that writes states updates the averages as well.
CREATE TRIGGER IF NOT EXISTS user_rates_insert AFTER INSERT ON user_rates BEGIN
    INSERT INTO movies (
        id,
        rate_1, rate_2, rate_3, rate_4, rate_5, rate_6, rate_7, rate_8, rate_9, rate_10
    ) VALUES (
        new.movie_id,
        new.rate IS 1, new.rate IS 2, new.rate IS 3, new.rate IS 4, new.rate IS 5, new.rate IS 6,
        new.rate IS 7, new.rate IS 8, new.rate IS 9, new.rate IS 10
    ) ON CONFLICT DO UPDATE SET
        rate_1 = rate_1 + excluded.rate_1, rate_2 = rate_2 + excluded.rate_2,
        rate_3 = rate_3 + excluded.rate_3, rate_4 = rate_4 + excluded.rate_4,
        rate_5 = rate_5 + excluded.rate_5, rate_6 = rate_6 + excluded.rate_6,
        rate_7 = rate_7 + excluded.rate_7, rate_8 = rate_8 + excluded.rate_8,
        rate_9 = rate_9 + excluded.rate_9, rate_10 = rate_10 + excluded.rate_10;
END;
CREATE TRIGGER IF NOT EXISTS user_rates_update AFTER UPDATE ON user_rates BEGIN
    UPDATE movies SET
        rate_1 = rate_1 + (new.rate IS 1) - (old.rate IS 1),
        rate_2 = rate_2 + (new.rate IS 2) - (old.rate IS 2),
        rate_3 = rate_3 + (new.rate IS 3) - (old.rate IS 3),
        rate_4 = rate_4 + (new.rate IS 4) - (old.rate IS 4),
        rate_5 = rate_5 + (new.rate IS 5) - (old.rate IS 5),
        rate_6 = rate_6 + (new.rate IS 6) - (old.rate IS 6),
        rate_7 = rate_7 + (new.rate IS 7) - (old.rate IS 7),
        rate_8 = rate_8 + (new.rate IS 8) - (old.rate IS 8),
        rate_9 = rate_9 + (new.rate IS 9) - (old.rate IS 9),
        rate_10 = rate_10 + (new.rate IS 10) - (old.rate IS 10)
    WHERE id = new.movie_id;
END;
CREATE TRIGGER IF NOT EXISTS user_rates_delete AFTER DELETE ON user_rates BEGIN
    UPDATE movies SET
        rate_1 = rate_1 - (old.rate IS 1), rate_2 = rate_2 - (old.rate IS 2),
        rate_3 = rate_3 - (old.rate IS 3), rate_4 = rate_4 - (old.rate IS 4),
        rate_5 = rate_5 - (old.rate IS 5), rate_6 = rate_6 - (old.rate IS 6),
        rate_7 = rate_7 - (old.rate IS 7), rate_8 = rate_8 - (old.rate IS 8),
        rate_9 = rate_9 - (old.rate IS 9), rate_10 = rate_10 - (old.rate IS 10)
    WHERE id = old.movie_id;
END;

-- The view: the first ten films of the ranking as of the last refresh.
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

-- How many times each part has changed.
CREATE TABLE IF NOT EXISTS revisions (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    nominees INTEGER NOT NULL DEFAULT 0,
    movies INTEGER NOT NULL DEFAULT 0,
    top10 INTEGER NOT NULL DEFAULT 0
);
INSERT INTO revisions (id) VALUES (1) ON CONFLICT DO NOTHING;
