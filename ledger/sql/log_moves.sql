-- The directory of logs in other databases, and moves of logs between databases.

-- log_database --
-- The URL of the database to which the directory assigns the log; no row where it is here.
SELECT url FROM log_databases WHERE tenant = %(tenant)b;

-- log_databases_of_origin --
-- Logs of other databases that bear the origin that the transaction has named.
SELECT tenant, url FROM log_databases WHERE origin = current_setting('parley.origin') LIMIT 2;

-- has_log_databases --
-- Whether the database has a directory, which an older version of Parley did not make.
SELECT to_regclass('log_databases') IS NOT NULL;

-- log_databases --
-- The directory, as the owner of the tables.
SELECT tenant, origin, url FROM log_databases ORDER BY tenant;

-- enter_log_database --
-- Assigns a log to another database.
INSERT INTO log_databases (tenant, origin, url)
VALUES (%(tenant)s, %(origin)s, %(url)s)
ON CONFLICT (tenant) DO UPDATE SET origin = excluded.origin, url = excluded.url, since = excluded.since;

-- remove_log_database --
-- The log is in this database again.
DELETE FROM log_databases WHERE tenant = %(tenant)s;

-- notify_keys --
-- Has all processes look up again which keys are valid and where the log of each is.
SELECT pg_notify('parley_keys', %(tenant)s);

-- log_move --
-- The id, the state and the other database of the last move of the log; no row where it was never moved.
SELECT move_id, state, place FROM log_moves WHERE tenant = %(tenant)s;

-- note_log_move --
-- Notes the state of a move.
INSERT INTO log_moves (tenant, move_id, state, place)
VALUES (%(tenant)s, %(move)s, %(state)s, %(place)s)
ON CONFLICT (tenant) DO UPDATE
SET move_id = excluded.move_id, state = excluded.state, place = excluded.place, changed_at = excluded.changed_at;

-- forget_log_move --
-- The log was never moved.
DELETE FROM log_moves WHERE tenant = %(tenant)s;

-- try_session_lock --
-- Takes a lock until the session ends, if no other session of this database has it.
SELECT pg_try_advisory_lock(%(lock)s::bigint);

-- move_commands_lock --
-- Lets one command at a time move a log of this database, until its session ends; false while there is another.
SELECT pg_try_advisory_lock(hashtextextended('parley moving ' || %(tenant)s, 0));

-- move_fence --
-- Waits until all transactions that have written to the log have ended, and makes others wait until this one ends: see
-- refuse_moved_log.
SELECT pg_advisory_xact_lock(hashtextextended('parley move ' || %(tenant)s, 0));

-- move_settings --
-- A transaction that copies or removes a log: it may write to one that is read-only.
SELECT set_config('parley.moving', 'on', true), set_config('timezone', 'UTC', true), set_config('lock_timeout', %(timeout)s, true);

-- log_end --
-- The origin of the log, its last position, and the hash of the leaf there; no row where the database has no such log.
SELECT origin, coalesce(last.position, 0), last.leaf_hash
FROM logs
LEFT JOIN LATERAL (
    SELECT position, leaf_hash FROM events WHERE tenant = %(tenant)s ORDER BY position DESC LIMIT 1
) AS last ON true
WHERE logs.tenant = %(tenant)s;

-- leaf_hash_at --
-- The hash of the leaf at a position.
SELECT leaf_hash FROM events WHERE tenant = %(tenant)s AND position = %(position)s;

-- part_of_log --
-- Of the events after a position up to another: how many, the first and the last position, and a digest of the leaf hashes in
-- order; whether each hash is that of its leaf.
SELECT count(*), min(position), max(position), sha256(string_agg(leaf_hash, ''::bytea ORDER BY position)),
    bool_and(leaf_hash = sha256('\x00'::bytea || leaf))
FROM events
WHERE tenant = %(tenant)s AND position > %(after)s AND position <= %(to)s;

-- leaf_hashes_of_part --
-- The leaf hashes after a position up to another, in order.
SELECT leaf_hash FROM events WHERE tenant = %(tenant)s AND position > %(after)s AND position <= %(to)s ORDER BY position;

-- copy_part_of_events --
-- Events of a part of the log.
COPY (
    SELECT {columns} FROM {table} WHERE tenant = {tenant} AND position > {after} AND position <= {to} ORDER BY position
) TO STDOUT;

-- copy_part_of_things --
-- What the events of a part of the log name for the first time.
COPY (
    SELECT {columns}
    FROM {table}
    JOIN events USING (tenant, deal_id, version)
    WHERE tenant = {tenant} AND position > {after} AND position <= {to}
) TO STDOUT;

-- rows_of_log --
-- How many rows of the log a table holds.
SELECT count(*) FROM {table} WHERE tenant = %(tenant)s;

-- delete_rows_of_log --
-- Removes the rows of the log from a table.
DELETE FROM {table} WHERE tenant = %(tenant)s;

-- delete_erased_payloads --
-- Removes payloads that were destroyed after they were copied.
DELETE FROM event_payload AS p
USING erased_events AS x
WHERE p.tenant = %(tenant)s AND x.tenant = p.tenant AND x.position = p.position;

-- begin_snapshot --
-- Reads all of a transaction in one snapshot, and writes nothing.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
