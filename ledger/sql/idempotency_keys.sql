-- The events that these keys stood for.
SELECT key_hash, events_hash
FROM idempotency_keys
WHERE tenant = %(tenant)b AND key_hash = ANY (%(keys)b::bytea[]);
