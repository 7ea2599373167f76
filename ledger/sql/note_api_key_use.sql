-- A key was used today; only the first use of a day is noted.
INSERT INTO api_key_uses (tenant, key_id, day)
VALUES (%(tenant)b, %(id)b, (clock_timestamp() AT TIME ZONE 'UTC')::date)
ON CONFLICT DO NOTHING
RETURNING key_id;
