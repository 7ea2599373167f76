-- Every cosignature, with the head that it is on (null where there is none).
SELECT c.size, c.vkey, c.stated_at, c.line, (
    SELECT note FROM log_checkpoints AS h WHERE h.tenant = %(tenant)b AND h.size = c.size ORDER BY signed_at LIMIT 1
)
FROM log_cosignatures AS c
WHERE c.tenant = %(tenant)b
ORDER BY c.size, c.vkey, c.stated_at;
