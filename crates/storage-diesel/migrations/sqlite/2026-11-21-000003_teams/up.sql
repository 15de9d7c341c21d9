-- Developer teams and their members. What was there before goes on working, also with replicas of the version before:
-- apps have named their team from the beginning, and now every team they name has a row.

-- Names are not unique: a team that takes one must not learn who else has it.
CREATE TABLE teams (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX teams_by_name ON teams (name_folded, id);

INSERT INTO teams (id, name, name_folded, created_at)
    SELECT 'team_0000000000000000000000', 'Operator', 'operator', CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER);
INSERT INTO teams (id, name, name_folded, created_at)
    SELECT team_id, 'Team ' || team_id, 'team ' || lower(team_id), MIN(created_at) FROM apps
    WHERE team_id <> 'team_0000000000000000000000' GROUP BY team_id;

CREATE TABLE team_members (
    team_id         TEXT NOT NULL REFERENCES teams (id),
    user_id         TEXT NOT NULL REFERENCES users (id),
    permissions     TEXT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);

CREATE INDEX apps_by_team ON apps (team_id, name_folded, id) WHERE deleted_at IS NULL;
