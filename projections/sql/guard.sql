-- After a projection's tables are made: each shows only the rows of the tenant that the transaction has named.
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
    END LOOP;
END
$guard$;
