-- The initial schema for SQLite. A released migration never changes: a new one follows it.
-- migrations/postgres holds the same tables for PostgreSQL.
--
-- Times are whole seconds since 1970 (UTC), ids and hashes are text.

-- How often a page was viewed.
CREATE TABLE page_views (
    day     TEXT    NOT NULL,
    page    TEXT    NOT NULL,
    device  TEXT    NOT NULL,
    country TEXT    NOT NULL,
    visit   TEXT    NOT NULL,
    count   INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (day, page, device, country, visit)
) STRICT;

-- How fast pages were: how many values of a metric lie in a bucket.
CREATE TABLE page_performance (
    day     TEXT    NOT NULL,
    page    TEXT    NOT NULL,
    device  TEXT    NOT NULL,
    country TEXT    NOT NULL,
    metric  TEXT    NOT NULL,
    bucket  INTEGER NOT NULL,
    count   INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (day, page, device, country, metric, bucket)
) STRICT;

-- How measured pages were loaded. An empty text: the browser did not tell.
CREATE TABLE page_loads (
    day        TEXT    NOT NULL,
    navigation TEXT    NOT NULL,
    cache      TEXT    NOT NULL,
    count      INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (day, navigation, cache)
) STRICT;

-- What visitors decided about each purpose, as the records of a chain have it. An empty purpose: the
-- decision itself. An empty service: on this site.
CREATE TABLE choice_counts (
    chain   TEXT    NOT NULL,
    day     TEXT    NOT NULL,
    version TEXT    NOT NULL,
    service TEXT    NOT NULL,
    purpose TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    count   INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (day, chain, version, service, purpose, outcome)
) STRICT;

-- What pages of partner services found that the policy does not say. An empty kind and name: how many
-- findings of the day were dropped.
CREATE TABLE findings (
    day     TEXT    NOT NULL,
    service TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    finding TEXT    NOT NULL,
    count   INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (day, service, kind, name, finding)
) STRICT;

-- password_hash is null where nobody signs in with a password. Its first 30 characters tell its cost.
CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    password_hash TEXT,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER,
    confirmed_at  INTEGER,
    decision      TEXT,
    appearance    TEXT
) STRICT;
CREATE INDEX accounts_password_cost ON accounts (substr(password_hash, 1, 30));

-- remember_hash is null where the session ends with the browser. issuer, subject and sid are of a
-- session that an identity provider began; sid is its own session. device_key is the public key of
-- the device to which the session is bound, if it is.
CREATE TABLE sessions (
    id                     TEXT    NOT NULL PRIMARY KEY,
    account_id             TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    device                 TEXT    NOT NULL,
    device_id              TEXT    NOT NULL,
    created_at             INTEGER NOT NULL,
    token_issued_at        INTEGER NOT NULL,
    last_used_at           INTEGER NOT NULL,
    token_hash             TEXT    NOT NULL UNIQUE,
    remember_hash          TEXT,
    previous_remember_hash TEXT,
    expires_at             INTEGER NOT NULL,
    issuer                 TEXT,
    subject                TEXT,
    sid                    TEXT,
    device_key             TEXT    UNIQUE,
    bound_at               INTEGER
) STRICT;
CREATE INDEX sessions_account_id ON sessions (account_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_issuer ON sessions (issuer, subject) WHERE issuer IS NOT NULL;

-- The browsers that have signed in to an account, each by the hash of its device token. id stays
-- when the token changes, and name is what the user calls the browser.
CREATE TABLE devices (
    account_id   TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash   TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    name         TEXT,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, token_hash)
) STRICT;
CREATE INDEX devices_token_hash ON devices (token_hash);
CREATE INDEX devices_last_seen_at ON devices (last_seen_at);

-- The audit log of each account. count is above 1 for repeated wrong passwords of one day.
CREATE TABLE security_events (
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    event      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    device     TEXT,
    device_id  TEXT,
    count      INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (account_id, seq)
) STRICT;
CREATE INDEX security_events_at ON security_events (at);

CREATE TABLE password_reset_tokens (
    account_id TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash TEXT    NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX password_reset_tokens_expires_at ON password_reset_tokens (expires_at);

-- What a link in a message does, each by the SHA-256 of its token. account_id is null for a sign-up,
-- which has email and password_hash, and for a subscription, which has email; device_id is set for a
-- link that signs a browser out.
CREATE TABLE one_time_links (
    token_hash    TEXT NOT NULL PRIMARY KEY,
    account_id    TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    email         TEXT,
    password_hash TEXT,
    device_id     TEXT,
    expires_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX one_time_links_account_id ON one_time_links (account_id);
CREATE INDEX one_time_links_expires_at ON one_time_links (expires_at);

-- credential holds the public key, the signature counter and the backup flags, as JSON. name is what
-- the user calls the passkey.
CREATE TABLE passkeys (
    id           TEXT NOT NULL PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name         TEXT,
    credential   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX passkeys_account_id ON passkeys (account_id);

-- The tokens that were used and work once, each by its SHA-256, until they expire: challenges of
-- passkeys, sign-ins through identity providers, and their logout tokens.
CREATE TABLE used_tokens (
    hash       TEXT NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX used_tokens_expires_at ON used_tokens (expires_at);

-- Who signs in through an identity provider: subject is the user's id at the issuer.
CREATE TABLE identities (
    id         TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;
CREATE INDEX identities_account_id ON identities (account_id);

-- The attempts at accounts and the messages to addresses, by an HMAC, until they limit nothing.
CREATE TABLE rate_limits (
    key     TEXT NOT NULL PRIMARY KEY,
    full_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rate_limits_full_at ON rate_limits (full_at);

-- Who is told by mail when the policy changes. id is random, and the token of the link that ends the
-- subscription: that link must work for as long as a message may be read, also after a key was lost.
CREATE TABLE subscriptions (
    id           TEXT NOT NULL PRIMARY KEY,
    email        TEXT NOT NULL UNIQUE,
    locale       TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL
) STRICT;

-- Which versions subscribers are told of: those who confirmed until begun_at. last_id is the last
-- subscription whose message was written, in the order of the ids; is_done is 1 after the last one.
CREATE TABLE policy_notices (
    version  TEXT NOT NULL PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    last_id  TEXT NOT NULL,
    is_done  INTEGER NOT NULL
) STRICT;

-- Messages that wait to be sent, each with the token of its link. A row goes when the mail server has
-- taken the message. account_id is null where no account is concerned any more, or yet.
-- subscription_id and version are those of a message about a new version.
CREATE TABLE mails (
    id              TEXT NOT NULL PRIMARY KEY,
    account_id      TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    subscription_id TEXT REFERENCES subscriptions (id) ON DELETE CASCADE,
    version         TEXT,
    recipient       TEXT NOT NULL,
    kind            TEXT NOT NULL,
    locale          TEXT NOT NULL,
    token           TEXT,
    device          TEXT,
    created_at      INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    attempts        INTEGER NOT NULL
) STRICT;
CREATE INDEX mails_account_id ON mails (account_id);
CREATE INDEX mails_subscription_id ON mails (subscription_id);
CREATE INDEX mails_created_at ON mails (created_at);
CREATE INDEX mails_due_at ON mails (due_at, id);
CREATE INDEX mails_account_due_at ON mails (due_at, id) WHERE subscription_id IS NULL;

-- One-use codes for partner services on other domains, each by its SHA-256, and the choice that it
-- leads to.
CREATE TABLE connect_codes (
    code_hash  TEXT    NOT NULL PRIMARY KEY,
    service    TEXT    NOT NULL,
    challenge  TEXT    NOT NULL,
    decision   TEXT,
    signal     TEXT,
    locale     TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX connect_codes_expires_at ON connect_codes (expires_at);

-- The signed head of each hash chain.
CREATE TABLE ledger_heads (
    chain       TEXT    NOT NULL PRIMARY KEY,
    key         TEXT    NOT NULL,
    records     INTEGER NOT NULL,
    last_id     TEXT    NOT NULL,
    last_hash   TEXT    NOT NULL,
    pruned      INTEGER NOT NULL,
    pruned_hash TEXT    NOT NULL,
    signature   TEXT    NOT NULL
) STRICT;

-- The records of one commit, compressed. written_before is set where the ids come from a clock that
-- was ahead.
CREATE TABLE ledger_batches (
    chain          TEXT NOT NULL,
    first_id       TEXT NOT NULL,
    last_id        TEXT NOT NULL,
    records        BLOB NOT NULL,
    written_before INTEGER,
    PRIMARY KEY (chain, first_id)
) STRICT;

-- What consent prompts showed, by SHA-256.
CREATE TABLE prompt_snapshots (
    hash TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

-- The records of decisions that were made while signed in.
CREATE TABLE account_records (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    record_id  TEXT NOT NULL,
    PRIMARY KEY (account_id, record_id)
) STRICT;
CREATE INDEX account_records_record_id ON account_records (record_id);

-- The time that the retention job last believed.
CREATE TABLE clock (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last_seen_at INTEGER NOT NULL
) STRICT;

-- Ledger heads with the time stamp of an authority (RFC 3161).
CREATE TABLE head_timestamps (
    chain      TEXT NOT NULL,
    day        TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    reply      BLOB NOT NULL,
    PRIMARY KEY (chain, day)
) STRICT;

-- When a server last asked the authority for a chain.
CREATE TABLE timestamp_requests (
    chain        TEXT    NOT NULL PRIMARY KEY,
    requested_at INTEGER NOT NULL
) STRICT;
