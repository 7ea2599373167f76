-- A key of the log, when it first signs.
INSERT INTO log_keys (tenant, vkey) VALUES (%(tenant)b, %(vkey)b) ON CONFLICT DO NOTHING;
