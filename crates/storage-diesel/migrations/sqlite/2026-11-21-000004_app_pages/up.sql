-- Where an app's people find out more of it, and how deleted apps are found again. What was there before goes on working,
-- also with replicas of the version before.

ALTER TABLE apps ADD COLUMN homepage_url TEXT;
ALTER TABLE apps ADD COLUMN privacy_url TEXT;

CREATE INDEX apps_deleted ON apps (team_id, deleted_at) WHERE deleted_at IS NOT NULL;
