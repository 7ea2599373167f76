-- Logs in several databases: which log is in another database than this one, and moves of logs between databases.

-- The directory: the logs that are in other databases, for the servers of this one.
CREATE TABLE log_databases (
    tenant      text COLLATE "C" NOT NULL,
    origin      text COLLATE "C" NOT NULL,
    url         text             NOT NULL,                                 -- of PostgreSQL
    since       timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant)
);

CREATE INDEX log_databases_origin ON log_databases (origin);

-- The log's move from or to this database: `arriving` here until it is complete, then `arrived`; `moved` from here; `undone`
-- while a copy that did not become complete is removed. With any state but `arrived`, and here alone, the log is read-only.
CREATE TABLE log_moves (
    tenant      text COLLATE "C" NOT NULL,
    move_id     text COLLATE "C" NOT NULL,                                 -- the same in both databases
    state       text COLLATE "C" NOT NULL CHECK (state IN ('arriving', 'arrived', 'moved', 'undone')),
    place       text             NOT NULL,                                 -- the other database, for people to read
    changed_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant)
);

ALTER TABLE log_databases ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_databases FORCE  ROW LEVEL SECURITY;
ALTER TABLE log_moves     ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_moves     FORCE  ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON log_databases USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON log_moves     USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_origin ON log_databases FOR SELECT USING (origin = current_setting('parley.origin', true));
CREATE POLICY every_log ON log_databases FOR SELECT USING (
    pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'log_databases'::regclass), 'USAGE')
);

GRANT SELECT ON log_databases TO parley_app;
GRANT SELECT ON log_moves TO parley_app, parley_signer;

-- Refuses what is written to a log that is not here: by every process, of whatever version, on whichever connection. It takes
-- the move's lock shared until the transaction ends, which a move takes alone before it notes that the log has left: so what
-- is committed was committed before that, and is copied. Only then it reads the state, in a snapshot of its own: that of the
-- statement may be older than the wait for a lock. The state of a log that is copied is not asked for by the copy itself
-- (parley.moving). The error is of a class that means that the database is not available: it can be tried again.
DO $fence$
DECLARE
    guarded text;
BEGIN
    EXECUTE format($function$
        CREATE FUNCTION refuse_moved_log() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
            log text := coalesce(current_setting('parley.tenant', true), '');
            locked boolean;
        BEGIN
            IF log = '' OR current_setting('parley.moving', true) = 'on' THEN
                RETURN NULL;
            END IF;
            locked := pg_advisory_xact_lock_shared(hashtextextended('parley move ' || log, 0)) IS NULL;
            IF EXISTS (SELECT FROM %1$I.log_moves AS m WHERE m.tenant = log AND m.state <> 'arrived') THEN
                RAISE EXCEPTION 'the log is being moved to another database, or was moved' USING ERRCODE = '57MOV';
            END IF;
            RETURN NULL;
        END
        $body$
    $function$, current_schema());
    -- Payloads and what else is written with events alone is guarded by these. Uses of API keys are no part of a log.
    FOREACH guarded IN ARRAY ARRAY[
        'events', 'idempotency_keys', 'log_hashes', 'log_checkpoints', 'log_keys', 'log_cosignatures', 'log_timestamps',
        'api_keys', 'api_key_revocations', 'audit_reads', 'webhooks', 'webhook_messages', 'webhook_attempts', 'deal_lists'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER not_moved AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_moved_log()',
            guarded
        );
    END LOOP;
END
$fence$;
