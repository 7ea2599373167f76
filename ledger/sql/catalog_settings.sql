-- Settings of the database or of our roles that change what a statement means, functions that stand in for PostgreSQL's
-- own, and roles of ours that could pass by row-level security.
SELECT format('the setting %%s of %%s', setting, coalesce('the role ' || nullif(setrole, 0)::regrole::text, 'the database'))
FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND split_part(setting, '=', 1) IN ('search_path', 'session_replication_role', 'row_security', 'role')
UNION ALL
SELECT format('the right of the role %%s to pass by row-level security', rolname)
FROM pg_roles
WHERE rolname = ANY (%(roles)s) AND (rolsuper OR rolbypassrls)
UNION ALL
SELECT format('the function %%s', p.oid::regprocedure)
FROM pg_proc AS p
WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    AND EXISTS (SELECT FROM pg_proc AS own WHERE own.proname = p.proname AND own.pronamespace = 'pg_catalog'::regnamespace);
