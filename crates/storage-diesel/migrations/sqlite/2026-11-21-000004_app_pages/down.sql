DROP INDEX apps_deleted;
ALTER TABLE apps DROP COLUMN privacy_url;
ALTER TABLE apps DROP COLUMN homepage_url;
