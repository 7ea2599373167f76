-- Names a log when it is first opened. Two logs never share a name, so one that nobody chose is made up.
INSERT INTO logs (tenant, origin)
VALUES (%(tenant)s, coalesce(%(origin)s, 'parley.invalid/' || %(tenant)s || '/' || gen_random_uuid()))
ON CONFLICT DO NOTHING;
