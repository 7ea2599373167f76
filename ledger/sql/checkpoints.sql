-- Tree heads in the order of their sizes, each as it was last signed.
SELECT DISTINCT ON (size) size, signed_at, root, note
FROM log_checkpoints
WHERE tenant = %(tenant)b AND size > %(after)b::bigint
ORDER BY size, signed_at DESC
LIMIT %(limit)b::bigint;
