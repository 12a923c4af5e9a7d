-- The initial schema for SQLite. A released migration never changes: a new one follows it.
-- migrations/postgres holds the same tables for PostgreSQL.

CREATE TABLE views (
    day    TEXT    NOT NULL,
    page   TEXT    NOT NULL,
    device TEXT    NOT NULL,
    visit  TEXT    NOT NULL,
    views  INTEGER NOT NULL CHECK (views > 0),
    PRIMARY KEY (day, page, device, visit)
) STRICT;

CREATE TABLE accounts (
    id          TEXT    NOT NULL PRIMARY KEY,
    email       TEXT    NOT NULL UNIQUE,
    password    TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    disabled_at INTEGER,
    decision    TEXT,
    appearance  TEXT
) STRICT;

CREATE TABLE sessions (
    id              TEXT    NOT NULL PRIMARY KEY,
    account_id      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    device          TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    token_at        INTEGER NOT NULL,
    used_at         INTEGER NOT NULL,
    token           TEXT    NOT NULL UNIQUE,
    remember        TEXT,
    remember_before TEXT,
    ends_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_ends_at ON sessions (ends_at);

CREATE TABLE devices (
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token      TEXT    NOT NULL,
    seen_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, token)
) STRICT;
CREATE INDEX devices_token ON devices (token);
CREATE INDEX devices_seen_at ON devices (seen_at);

CREATE TABLE activity (
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    event      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    device     TEXT,
    times      INTEGER NOT NULL CHECK (times > 0),
    PRIMARY KEY (account_id, number)
) STRICT;
CREATE INDEX activity_at ON activity (at);

CREATE TABLE links (
    account_id TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    token      TEXT    NOT NULL UNIQUE,
    ends_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE chains (
    chain       TEXT    NOT NULL PRIMARY KEY,
    key         TEXT    NOT NULL,
    records     INTEGER NOT NULL,
    last_id     TEXT    NOT NULL,
    last_hash   TEXT    NOT NULL,
    pruned      INTEGER NOT NULL,
    pruned_hash TEXT    NOT NULL,
    signature   TEXT    NOT NULL
) STRICT;

CREATE TABLE pages (
    chain      TEXT NOT NULL,
    first_id   TEXT NOT NULL,
    last_id    TEXT NOT NULL,
    records    BLOB NOT NULL,
    written_by INTEGER,
    PRIMARY KEY (chain, first_id)
) STRICT;

CREATE TABLE shown (
    hash TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE account_records (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    record_id  TEXT NOT NULL,
    PRIMARY KEY (account_id, record_id)
) STRICT;

CREATE TABLE clock (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seen_at INTEGER NOT NULL
) STRICT;

CREATE TABLE head_timestamps (
    chain      TEXT NOT NULL,
    day        TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    reply      BLOB NOT NULL,
    PRIMARY KEY (chain, day)
) STRICT;

CREATE TABLE timestamp_requests (
    chain    TEXT    NOT NULL PRIMARY KEY,
    asked_at INTEGER NOT NULL
) STRICT;
