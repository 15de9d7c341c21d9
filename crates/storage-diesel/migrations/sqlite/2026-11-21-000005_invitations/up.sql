-- Invitations into developer teams: a row until it is taken or withdrawn. Replicas of the version before know nothing of
-- them and go on working.

CREATE TABLE team_invitations (
    id              TEXT PRIMARY KEY,
    team_id         TEXT NOT NULL REFERENCES teams (id),
    email           TEXT NOT NULL,
    permissions     TEXT NOT NULL,
    invited_by      TEXT NOT NULL REFERENCES users (id),
    token_hash      BLOB NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX team_invitations_by_address ON team_invitations (team_id, email);
CREATE UNIQUE INDEX team_invitations_by_token ON team_invitations (token_hash);
CREATE INDEX team_invitations_by_end ON team_invitations (expires_at);
