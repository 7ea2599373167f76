-- After a projection's tables are made: each shows only the rows of the tenant that the transaction has named, and the
-- rows of a deal bear a keyed digest each.
DO $guard$
DECLARE
    table_name text;
BEGIN
    FOR table_name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format(
            'CREATE POLICY one_tenant ON %I USING (tenant = current_setting(''parley.tenant'', true))', table_name
        );
        IF EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = format('%I', table_name)::regclass AND attname = 'deal_id' AND NOT attisdropped
        ) THEN
            EXECUTE format('ALTER TABLE %I ADD COLUMN mac bytea', table_name);
            EXECUTE format('CREATE INDEX ON %I (deal_id) WHERE mac IS NULL', table_name);
        END IF;
    END LOOP;
END
$guard$;
