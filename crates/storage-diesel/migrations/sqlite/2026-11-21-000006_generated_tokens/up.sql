-- Connections whose tokens were made by hand have a label, and developers page through all connections of an app.
ALTER TABLE connections ADD COLUMN label TEXT;
CREATE INDEX connections_app ON connections (app_id, created_at, id);
