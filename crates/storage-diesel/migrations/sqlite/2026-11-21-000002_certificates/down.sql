ALTER TABLE activity_successes DROP COLUMN unregistered;
ALTER TABLE activity_successes DROP COLUMN registered;
ALTER TABLE activity DROP COLUMN certificate;
ALTER TABLE connections DROP COLUMN bound_to;
DROP TABLE record_parts;
DROP TABLE certificate_names;
DROP TABLE trust_anchors;
DROP TABLE registered_certificates;
