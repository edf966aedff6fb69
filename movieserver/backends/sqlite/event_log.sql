CREATE TABLE IF NOT EXISTS topics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    partitions INTEGER NOT NULL
);
-- The log holds the offsets from first_offset up to, but not including, next_offset.
CREATE TABLE IF NOT EXISTS partitions (
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    first_offset INTEGER NOT NULL DEFAULT 0,
    next_offset INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    timestamp REAL NOT NULL,
    key BLOB,
    value BLOB,
    headers TEXT,
    PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    group_name TEXT NOT NULL,
    topic INTEGER NOT NULL,
    member TEXT NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (group_name, topic, member)
) WITHOUT ROWID;
-- The offset at which a group continues in a partition, and the member that has it now.
CREATE TABLE IF NOT EXISTS places (
    group_name TEXT NOT NULL,
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL DEFAULT 0,
    member TEXT,
    -- Grows whenever the partition changes hands.
    epoch INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_name, topic, partition)
) WITHOUT ROWID;
