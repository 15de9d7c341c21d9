DROP INDEX connections_app;
ALTER TABLE connections DROP COLUMN label;
