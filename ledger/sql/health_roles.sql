-- The roles of the record: whether each could pass by row-level security, and whether we may act as it.
SELECT rolname, rolsuper OR rolbypassrls, pg_has_role(current_user, oid, 'MEMBER')
FROM pg_roles
WHERE rolname = ANY (%(roles)s)
