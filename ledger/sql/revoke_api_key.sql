-- Take a key back; taking it back again changes nothing.
INSERT INTO api_key_revocations (tenant, key_id, revoked_by)
VALUES (%(tenant)b, %(id)b, %(by)b)
ON CONFLICT DO NOTHING
RETURNING key_id;
