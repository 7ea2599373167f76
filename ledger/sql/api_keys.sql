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
