-- A new API key, by its hash.
INSERT INTO api_keys (tenant, id, hash, principal, role, created_by, expires_at)
VALUES (
    %(tenant)b, %(id)b, %(hash)b, %(principal)b, %(role)b, %(by)b,
    timestamptz 'epoch' + %(expires)b::bigint * interval '1 microsecond'
)
RETURNING created_at;
