-- API keys, their uses, and the log of who read the evidence.

-- api_keys --
-- The keys of a log, oldest first: all of them, or the one with an id, or the one with a hash.
SELECT
    k.id, k.principal, k.role, k.created_at, k.created_by, k.expires_at, r.revoked_at,
    (SELECT max(u.used_at) FROM api_key_uses u WHERE u.tenant = %(tenant)b AND u.key_id = k.id) AS used_at
FROM api_keys k
LEFT JOIN api_key_revocations r ON r.tenant = k.tenant AND r.key_id = k.id
WHERE k.tenant = %(tenant)b
    AND (%(id)b::text IS NULL OR k.id = %(id)b::text)
    AND (%(hash)b::bytea IS NULL OR k.hash = %(hash)b::bytea)
ORDER BY k.created_at, k.id;

-- insert_api_key --
-- A new API key, by its hash; all processes are notified.
WITH made AS (
    INSERT INTO api_keys (tenant, id, hash, principal, role, created_by, expires_at)
    VALUES (
        %(tenant)b, %(id)b, %(hash)b, %(principal)b, %(role)b, %(by)b,
        timestamptz 'epoch' + %(expires)b::bigint * interval '1 microsecond'
    )
    RETURNING created_at
)
SELECT made.created_at FROM made CROSS JOIN LATERAL (SELECT pg_notify('parley_keys', %(tenant)b)) AS notified;

-- revoke_api_key --
-- Take a key back, and notify all processes; taking it back again changes nothing.
WITH revoked AS (
    INSERT INTO api_key_revocations (tenant, key_id, revoked_by)
    VALUES (%(tenant)b, %(id)b, %(by)b)
    ON CONFLICT DO NOTHING
    RETURNING key_id
)
SELECT revoked.key_id, pg_notify('parley_keys', %(tenant)b) FROM revoked;

-- insert_api_key_use --
-- A key was used today; only the first use of a day is noted.
INSERT INTO api_key_uses (tenant, key_id, day)
VALUES (%(tenant)b, %(id)b, (clock_timestamp() AT TIME ZONE 'UTC')::date)
ON CONFLICT DO NOTHING
RETURNING key_id;

-- insert_audit_read --
-- Record a read of evidence. Reads are numbered within a log, for the numbers that the table gives by itself would reveal to
-- how much is read of others. No row: another read was noted at the same moment, and this one has to be noted again.
INSERT INTO audit_reads (tenant, number, principal, path)
OVERRIDING SYSTEM VALUE
SELECT %(tenant)b, 1 + coalesce(max(number), 0), %(principal)b, %(path)b
FROM audit_reads
WHERE tenant = %(tenant)b
ON CONFLICT (tenant, number) DO NOTHING
RETURNING number;

-- audit_reads --
-- Who took away evidence, in the order of reading.
SELECT number, read_at, principal, path
FROM audit_reads
WHERE tenant = %(tenant)b AND number > %(after)b::bigint
ORDER BY number
LIMIT %(limit)b::bigint;
