-- Moments are milliseconds since 1970-01-01T00:00:00Z, durations milliseconds, ids their printed form, lists JSON.

CREATE TABLE revocation_head (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    position    BIGINT NOT NULL
);
INSERT INTO revocation_head (id, position) VALUES (1, 0);

CREATE TABLE revocations (
    position        BIGINT PRIMARY KEY,
    subject_kind    TEXT NOT NULL,
    subject_id      TEXT NOT NULL,
    effect          TEXT NOT NULL,
    until           BIGINT NOT NULL
);
CREATE INDEX revocations_until ON revocations (until);

CREATE TABLE environments (
    name            TEXT PRIMARY KEY,
    display_name    TEXT NOT NULL,
    api_base_url    TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE TABLE apis (
    id                  TEXT PRIMARY KEY,
    environment         TEXT NOT NULL REFERENCES environments (name),
    name                TEXT NOT NULL,
    audience            TEXT NOT NULL,
    scopes              TEXT NOT NULL,
    token_lifetime_ms   BIGINT,
    is_default          BOOLEAN NOT NULL,
    created_at          BIGINT NOT NULL
);
CREATE UNIQUE INDEX apis_audience ON apis (environment, audience);
CREATE UNIQUE INDEX apis_default ON apis (environment) WHERE is_default;

CREATE TABLE api_credentials (
    id              TEXT PRIMARY KEY,
    api_id          TEXT NOT NULL REFERENCES apis (id),
    root_key        SMALLINT NOT NULL,
    hash            BLOB NOT NULL,
    state           TEXT NOT NULL,
    rotating_until  BIGINT,
    created_at      BIGINT NOT NULL
);
CREATE INDEX api_credentials_api ON api_credentials (api_id);

CREATE TABLE apps (
    id                          TEXT PRIMARY KEY,
    team_id                     TEXT NOT NULL,
    name                        TEXT NOT NULL,
    name_folded                 TEXT NOT NULL,
    description                 TEXT NOT NULL,
    publisher_name              TEXT NOT NULL,
    publisher_verified          BOOLEAN NOT NULL,
    support_email               TEXT,
    kind                        TEXT NOT NULL,
    callback_urls               TEXT NOT NULL,
    client_credentials          BOOLEAN NOT NULL,
    mutual_tls                  TEXT NOT NULL,
    rotate_refresh_tokens       BOOLEAN NOT NULL,
    legacy_parameters_until     BIGINT,
    environments                TEXT NOT NULL,
    scopes                      TEXT NOT NULL,
    access_token_ms             BIGINT,
    connection_idle_ms          BIGINT,
    connection_absolute_ms      BIGINT,
    created_at                  BIGINT NOT NULL,
    deleted_at                  BIGINT,
    version                     BIGINT NOT NULL
);
CREATE INDEX apps_by_name ON apps (name_folded, id) WHERE deleted_at IS NULL;

CREATE TABLE api_keys (
    id              TEXT PRIMARY KEY,
    app_id          TEXT NOT NULL REFERENCES apps (id),
    label           TEXT NOT NULL,
    kind            TEXT NOT NULL,
    state           TEXT NOT NULL,
    environments    TEXT,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT
);
CREATE INDEX api_keys_app ON api_keys (app_id, created_at);

CREATE TABLE api_secrets (
    id              TEXT PRIMARY KEY,
    key_id          TEXT NOT NULL REFERENCES api_keys (id),
    root_key        SMALLINT NOT NULL,
    hash            BLOB NOT NULL,
    last_four       TEXT NOT NULL,
    state           TEXT NOT NULL,
    rotating_until  BIGINT,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT,
    last_used_at    BIGINT
);
CREATE INDEX api_secrets_key ON api_secrets (key_id, created_at);

CREATE TABLE customers (
    id              TEXT PRIMARY KEY,
    environment     TEXT NOT NULL REFERENCES environments (name),
    name            TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX customers_environment ON customers (environment, name);

CREATE TABLE workspaces (
    id              TEXT PRIMARY KEY,
    customer_id     TEXT NOT NULL REFERENCES customers (id),
    name            TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX workspaces_customer ON workspaces (customer_id, name);

CREATE TABLE users (
    id              TEXT PRIMARY KEY,
    email           TEXT NOT NULL,
    name            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    password_hash   TEXT,
    enabled         BOOLEAN NOT NULL,
    failed_logins   BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE memberships (
    user_id         TEXT NOT NULL REFERENCES users (id),
    customer_id     TEXT NOT NULL REFERENCES customers (id),
    role            TEXT NOT NULL,
    workspaces      TEXT NOT NULL,
    PRIMARY KEY (user_id, customer_id)
);
CREATE INDEX memberships_customer ON memberships (customer_id);

-- No foreign keys: nothing a connection names is ever deleted, and its INSERT is on the request path.
CREATE TABLE connections (
    id              TEXT PRIMARY KEY,
    environment     TEXT NOT NULL,
    app_id          TEXT NOT NULL,
    key_id          TEXT NOT NULL,
    obtained_with   TEXT,
    customer_id     TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    granted_by      TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    workspaces      TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    sequence        BIGINT NOT NULL,
    rotated_at      BIGINT NOT NULL,
    grace_uses      BIGINT NOT NULL,
    grace_streak    BIGINT NOT NULL,
    code_challenge  TEXT,
    redirect_uri    TEXT,
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT NOT NULL,
    idle_ms         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    ended_by        TEXT
);
CREATE UNIQUE INDEX connections_unattended ON connections (key_id, customer_id)
    WHERE purpose = 'unattended' AND ended_at IS NULL;
CREATE INDEX connections_key ON connections (key_id, environment, created_at, id);
CREATE INDEX connections_live_user ON connections (user_id, key_id) WHERE ended_at IS NULL;
CREATE INDEX connections_live_granted_by ON connections (granted_by) WHERE ended_at IS NULL;
CREATE INDEX connections_live_customer ON connections (customer_id, created_at) WHERE ended_at IS NULL;
CREATE INDEX connections_live_app ON connections (app_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX connections_live_secret ON connections (obtained_with) WHERE ended_at IS NULL;
CREATE INDEX connections_live_environment ON connections (environment) WHERE ended_at IS NULL;
-- What a sweep looks for.
CREATE INDEX connections_ended ON connections (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX connections_live_expiry ON connections (expires_at) WHERE ended_at IS NULL;
CREATE INDEX connections_live_idle ON connections ((last_used_at + idle_ms)) WHERE ended_at IS NULL;
CREATE INDEX connections_code_details ON connections (created_at)
    WHERE code_challenge IS NOT NULL OR redirect_uri IS NOT NULL;

-- Ids that no connection may have any more: their code was replayed before it was redeemed.
CREATE TABLE burned_connections (
    id              TEXT PRIMARY KEY,
    burned_at       BIGINT NOT NULL
);
CREATE INDEX burned_connections_at ON burned_connections (burned_at);

CREATE TABLE connection_requests (
    id              TEXT PRIMARY KEY,
    environment     TEXT NOT NULL REFERENCES environments (name),
    key_id          TEXT NOT NULL REFERENCES api_keys (id),
    customer_id     TEXT NOT NULL REFERENCES customers (id),
    scopes          TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    answered_by     TEXT
);
CREATE INDEX connection_requests_key ON connection_requests (key_id, created_at);

CREATE TABLE signing_keys (
    kid             TEXT PRIMARY KEY,
    environment     TEXT NOT NULL REFERENCES environments (name),
    state           TEXT NOT NULL,
    public_point    BLOB NOT NULL,
    sealed_private  BLOB NOT NULL,
    root_key        SMALLINT NOT NULL,
    published_at    BIGINT NOT NULL,
    activated_at    BIGINT,
    retired_at      BIGINT
);
CREATE UNIQUE INDEX signing_keys_state ON signing_keys (environment, state) WHERE state IN ('next', 'active');

CREATE TABLE audit (
    id              INTEGER PRIMARY KEY,
    at              BIGINT NOT NULL,
    actor           TEXT NOT NULL,
    action          TEXT NOT NULL,
    target          TEXT NOT NULL,
    app_id          TEXT,
    customer_id     TEXT,
    detail          TEXT NOT NULL,
    request_id      TEXT
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_target ON audit (target, at, id);

-- Not partitioned by day: merged counts keep these tables small, a sweep deletes by the index on time in small
-- batches, and partitions would need somebody to make tomorrow's and a role that may create tables at run time.
CREATE TABLE activity (
    id              INTEGER PRIMARY KEY,
    at              BIGINT NOT NULL,
    request_id      TEXT NOT NULL,
    kind            TEXT NOT NULL,
    grant_type      TEXT NOT NULL,
    environment     TEXT NOT NULL,
    key_id          TEXT,
    app_id          TEXT,
    authenticated   BOOLEAN NOT NULL,
    refusal         TEXT,
    detail          TEXT NOT NULL,
    connection_id   TEXT,
    customer_id     TEXT,
    address         TEXT NOT NULL,
    user_agent      TEXT NOT NULL
);
CREATE INDEX activity_at ON activity (at);
CREATE INDEX activity_app ON activity (app_id, at);
CREATE INDEX activity_key ON activity (key_id, at);
CREATE INDEX activity_request ON activity (request_id);

CREATE TABLE activity_successes (
    key_id          TEXT NOT NULL,
    kind            TEXT NOT NULL,
    grant_type      TEXT NOT NULL,
    hour            BIGINT NOT NULL,
    environment     TEXT NOT NULL,
    app_id          TEXT NOT NULL,
    attempts        BIGINT NOT NULL,
    PRIMARY KEY (key_id, kind, grant_type, hour, environment)
);
CREATE INDEX activity_successes_app ON activity_successes (app_id, hour);
CREATE INDEX activity_successes_hour ON activity_successes (hour);

CREATE TABLE activity_refusals (
    key_id          TEXT NOT NULL,
    kind            TEXT NOT NULL,
    reason          TEXT NOT NULL,
    prefix          TEXT NOT NULL,
    minute          BIGINT NOT NULL,
    environment     TEXT NOT NULL,
    app_id          TEXT NOT NULL,
    attempts        BIGINT NOT NULL,
    PRIMARY KEY (key_id, kind, reason, prefix, minute, environment)
);
CREATE INDEX activity_refusals_app ON activity_refusals (app_id, minute);
CREATE INDEX activity_refusals_minute ON activity_refusals (minute);
