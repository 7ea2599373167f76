-- Keys that a batch used for the first time.
INSERT INTO idempotency_keys (tenant, key_hash, events_hash)
SELECT %(tenant)b, key_hash, events_hash
FROM unnest(%(keys)b::bytea[], %(events)b::bytea[]) AS row (key_hash, events_hash)
ON CONFLICT DO NOTHING;
