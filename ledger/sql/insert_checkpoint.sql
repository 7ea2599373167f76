-- A tree head, signed.
INSERT INTO log_checkpoints (tenant, size, root, note) VALUES (%(tenant)b, %(size)b::bigint, %(root)b, %(note)b);
