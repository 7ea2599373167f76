-- What the batch's leaves commit to.
INSERT INTO event_payload (tenant, position, payload, salt)
SELECT %(tenant)b, %(head)b::bigint + n, payload, salt
FROM unnest(%(payloads)b::bytea[], %(salts)b::bytea[]) WITH ORDINALITY AS row (payload, salt, n);
