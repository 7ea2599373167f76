-- Whether the server can write, with nothing left behind: a message in the write-ahead log, flushed at commit, and a
-- temporary file of some 300 KB, which the rows need that do not fit into work_mem.
SELECT pg_logical_emit_message(true, 'parley', 'write trial'), count(*) FROM generate_series(1, 20000);
