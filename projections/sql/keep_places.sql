-- Stores the places of a stretch of versions.
INSERT INTO projections.deal_places (tenant, deal_id, from_version, last_version, places, code, mac)
VALUES (%(tenant)s, %(deal)s, %(first)s, %(last)s, %(places)s, %(code)s, %(mac)s)
ON CONFLICT (tenant, deal_id, from_version) DO UPDATE SET
    last_version = excluded.last_version, places = excluded.places, code = excluded.code,
    mac = excluded.mac;
