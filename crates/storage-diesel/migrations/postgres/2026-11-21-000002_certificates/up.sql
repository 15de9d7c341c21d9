-- Certificates of clients (RFC 8705). What was there before goes on working, also with replicas of the version before.

CREATE TABLE registered_certificates (
    id              TEXT PRIMARY KEY,
    app_id          TEXT NOT NULL REFERENCES apps (id),
    key_id          TEXT REFERENCES api_keys (id),
    label           TEXT NOT NULL,
    -- Either this very certificate ...
    thumbprint      TEXT,
    der             BYTEA,
    not_before      BIGINT,
    not_after       BIGINT,
    -- ... or a name that somebody vouches for.
    name_kind       TEXT,
    name_value      TEXT,
    voucher         TEXT,
    added_at        BIGINT NOT NULL,
    last_used_at    BIGINT
);
CREATE UNIQUE INDEX registered_certificates_thumbprint ON registered_certificates (thumbprint);
CREATE INDEX registered_certificates_app ON registered_certificates (app_id, added_at);
CREATE INDEX registered_certificates_end ON registered_certificates (not_after);

CREATE TABLE trust_anchors (
    id              TEXT PRIMARY KEY,
    app_id          TEXT NOT NULL REFERENCES apps (id),
    label           TEXT NOT NULL,
    der             BYTEA NOT NULL,
    key_digest      TEXT NOT NULL,
    added_at        BIGINT NOT NULL
);
CREATE UNIQUE INDEX trust_anchors_key ON trust_anchors (app_id, key_digest);
CREATE INDEX trust_anchors_app ON trust_anchors (app_id, added_at);

-- Each registered name once under each anchor that can vouch for it, so that no two apps have the same: an anchor is the
-- digest of its public key, or the word `operator` for all of the operator's.
CREATE TABLE certificate_names (
    anchor_key      TEXT NOT NULL,
    kind            TEXT NOT NULL,
    value           TEXT NOT NULL,
    certificate_id  TEXT NOT NULL REFERENCES registered_certificates (id),
    PRIMARY KEY (anchor_key, kind, value)
);
CREATE INDEX certificate_names_certificate ON certificate_names (certificate_id);

-- One row for each list of a client's record: joined to it, the lists stand under each other in one statement's rows
-- instead of multiplying.
CREATE TABLE record_parts (
    part            INTEGER PRIMARY KEY
);
INSERT INTO record_parts (part) VALUES (0), (1), (2);

ALTER TABLE connections ADD COLUMN bound_to TEXT;

ALTER TABLE activity ADD COLUMN certificate TEXT NOT NULL DEFAULT 'none';
ALTER TABLE activity_successes ADD COLUMN registered BIGINT NOT NULL DEFAULT 0;
ALTER TABLE activity_successes ADD COLUMN unregistered BIGINT NOT NULL DEFAULT 0;
