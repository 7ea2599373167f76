-- The newest tree head.
SELECT size, signed_at, root, note FROM log_checkpoints WHERE tenant = %(tenant)b ORDER BY size DESC, signed_at DESC LIMIT 1;
