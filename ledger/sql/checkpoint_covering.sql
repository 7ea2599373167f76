-- The first tree head that covers a position, as it was last signed.
SELECT size, signed_at, root, note
FROM log_checkpoints
WHERE tenant = %(tenant)b AND size = (
    SELECT size FROM log_checkpoints WHERE tenant = %(tenant)b AND size >= %(size)b::bigint ORDER BY size LIMIT 1
)
ORDER BY signed_at DESC
LIMIT 1;
