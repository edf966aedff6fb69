-- Ids compare by code point (COLLATE "C"), as in Python and the other stores, and in lock order.

CREATE TABLE nominees (
    id text COLLATE "C" PRIMARY KEY,
    title text NOT NULL,
    film_year integer NOT NULL,
    award_year text NOT NULL,
    ceremony integer NOT NULL,
    additional_info text NOT NULL,
    won boolean NOT NULL,
    alternative_titles jsonb NOT NULL
);

-- A row for every film that is in the catalogue or was rated; a film that was only rated has no
-- title. All that is stored of its average is how often it was rated 1 to 10: the rest is derived,
-- and cannot disagree. Every rate rewrites its film's row, hence the free room in the pages and the
-- early vacuum.
CREATE TABLE movies (
    id text COLLATE "C" PRIMARY KEY,
    title text,
    year integer,
    box_office_value bigint,
    rate_1 bigint NOT NULL DEFAULT 0,
    rate_2 bigint NOT NULL DEFAULT 0,
    rate_3 bigint NOT NULL DEFAULT 0,
    rate_4 bigint NOT NULL DEFAULT 0,
    rate_5 bigint NOT NULL DEFAULT 0,
    rate_6 bigint NOT NULL DEFAULT 0,
    rate_7 bigint NOT NULL DEFAULT 0,
    rate_8 bigint NOT NULL DEFAULT 0,
    rate_9 bigint NOT NULL DEFAULT 0,
    rate_10 bigint NOT NULL DEFAULT 0,
    rate_count bigint NOT NULL GENERATED ALWAYS AS (
        rate_1 + rate_2 + rate_3 + rate_4 + rate_5 + rate_6 + rate_7 + rate_8 + rate_9 + rate_10
    ) STORED,
    rate_sum bigint NOT NULL GENERATED ALWAYS AS (
        rate_1 + 2 * rate_2 + 3 * rate_3 + 4 * rate_4 + 5 * rate_5
        + 6 * rate_6 + 7 * rate_7 + 8 * rate_8 + 9 * rate_9 + 10 * rate_10
    ) STORED,
    -- The mean in tenths, halves up: (20 * rate_sum + rate_count) / (2 * rate_count), or 0 without
    -- rates; written out because a generated column cannot use another.
    rate_tenths bigint NOT NULL GENERATED ALWAYS AS (
        coalesce((
            21 * rate_1 + 41 * rate_2 + 61 * rate_3 + 81 * rate_4 + 101 * rate_5
            + 121 * rate_6 + 141 * rate_7 + 161 * rate_8 + 181 * rate_9 + 201 * rate_10
        ) / nullif(2 * (
            rate_1 + rate_2 + rate_3 + rate_4 + rate_5
            + rate_6 + rate_7 + rate_8 + rate_9 + rate_10
        ), 0), 0)
    ) STORED
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX movies_ranking
    ON movies (rate_tenths DESC, box_office_value DESC NULLS LAST, rate_count DESC, id)
    WHERE title IS NOT NULL;

-- Every user's state for every film, by the events applied so far; a removal has no rate.
-- previous is the rate that this one replaced, by which the averages move.
CREATE TABLE user_rates (
    movie_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    rate smallint CHECK (rate BETWEEN 1 AND 10),
    previous smallint,
    PRIMARY KEY (movie_id, user_id)
) WITH (fillfactor = 90);

-- The first ten films of the ranking: now, and as of the last refresh.
CREATE VIEW top10_current_movie AS
SELECT
    row_number() OVER (
        ORDER BY rate_tenths DESC, box_office_value DESC NULLS LAST, rate_count DESC, id
    ) AS position,
    id, title, year, box_office_value, (rate_tenths / 10.0)::numeric(3, 1) AS rate, rate_count,
    rate_1, rate_2, rate_3, rate_4, rate_5, rate_6, rate_7, rate_8, rate_9, rate_10
FROM (
    SELECT * FROM movies WHERE title IS NOT NULL
    ORDER BY rate_tenths DESC, box_office_value DESC NULLS LAST, rate_count DESC, id
    LIMIT 10
) AS first;

CREATE MATERIALIZED VIEW top10_rated_movie AS SELECT * FROM top10_current_movie;
CREATE UNIQUE INDEX top10_rated_movie_position ON top10_rated_movie (position);

-- How many times each part has changed; viewed is the revision of movies that the view shows.
CREATE TABLE revisions (
    id integer PRIMARY KEY CHECK (id = 1),
    nominees bigint NOT NULL DEFAULT 0,
    movies bigint NOT NULL DEFAULT 0,
    top10 bigint NOT NULL DEFAULT 0,
    viewed bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
INSERT INTO revisions (id) VALUES (1);

-- Notifies listeners of a change; the table remains the source of truth.
CREATE FUNCTION notify_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('movieserver', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER revisions_notify AFTER UPDATE ON revisions FOR EACH ROW
    WHEN ((old.nominees, old.movies, old.top10) IS DISTINCT FROM (new.nominees, new.movies, new.top10))
    EXECUTE FUNCTION notify_revision();
