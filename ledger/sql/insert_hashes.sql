-- The tree grows by a stretch of one tile.
INSERT INTO log_hashes (tenant, level, first, hashes)
VALUES (%(tenant)b, %(level)b::smallint, %(first)b::bigint, %(hashes)b);
