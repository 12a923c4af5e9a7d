-- The initial schema for PostgreSQL. A released migration never changes: a new one follows it.
-- migrations/sqlite holds the same tables for SQLite. Texts sort by their bytes (COLLATE "C"), as
-- in SQLite: the store finds a ledger batch by the order of its ids.

CREATE TABLE views (
    day    TEXT COLLATE "C" NOT NULL,
    page   TEXT COLLATE "C" NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    visit  TEXT COLLATE "C" NOT NULL,
    views  BIGINT NOT NULL CHECK (views > 0),
    PRIMARY KEY (day, page, device, visit)
);

CREATE TABLE accounts (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email       TEXT COLLATE "C" NOT NULL UNIQUE,
    password    TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT,
    decision    TEXT COLLATE "C",
    appearance  TEXT COLLATE "C"
);

CREATE TABLE sessions (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id      TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    device          TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    token_at        BIGINT NOT NULL,
    used_at         BIGINT NOT NULL,
    token           TEXT COLLATE "C" NOT NULL UNIQUE,
    remember        TEXT COLLATE "C",
    remember_before TEXT COLLATE "C",
    ends_at         BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_ends_at ON sessions (ends_at);

CREATE TABLE devices (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token      TEXT COLLATE "C" NOT NULL,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, token)
);
CREATE INDEX devices_token ON devices (token);
CREATE INDEX devices_seen_at ON devices (seen_at);

CREATE TABLE activity (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    number     BIGINT NOT NULL,
    event      TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    device     TEXT COLLATE "C",
    times      BIGINT NOT NULL CHECK (times > 0),
    PRIMARY KEY (account_id, number)
);
CREATE INDEX activity_at ON activity (at);

CREATE TABLE links (
    account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    token      TEXT COLLATE "C" NOT NULL UNIQUE,
    ends_at    BIGINT NOT NULL
);

CREATE TABLE chains (
    chain       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    key         TEXT COLLATE "C" NOT NULL,
    records     BIGINT NOT NULL,
    last_id     TEXT COLLATE "C" NOT NULL,
    last_hash   TEXT COLLATE "C" NOT NULL,
    pruned      BIGINT NOT NULL,
    pruned_hash TEXT COLLATE "C" NOT NULL,
    signature   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE pages (
    chain      TEXT COLLATE "C" NOT NULL,
    first_id   TEXT COLLATE "C" NOT NULL,
    last_id    TEXT COLLATE "C" NOT NULL,
    records    BYTEA NOT NULL,
    written_by BIGINT,
    PRIMARY KEY (chain, first_id)
);

CREATE TABLE shown (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    text TEXT COLLATE "C" NOT NULL
);

CREATE TABLE account_records (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    record_id  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, record_id)
);

CREATE TABLE clock (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seen_at BIGINT NOT NULL
);

CREATE TABLE head_timestamps (
    chain      TEXT COLLATE "C" NOT NULL,
    day        TEXT COLLATE "C" NOT NULL,
    checkpoint TEXT COLLATE "C" NOT NULL,
    reply      BYTEA NOT NULL,
    PRIMARY KEY (chain, day)
);

CREATE TABLE timestamp_requests (
    chain    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    asked_at BIGINT NOT NULL
);
