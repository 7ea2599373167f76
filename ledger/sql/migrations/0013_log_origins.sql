-- What is public of a log (its checkpoints, keys and hash tiles) is found by its origin, which stands in each of them: a
-- transaction that names an origin (parley.origin) sees the row of that log, whichever tenant's it is. The owner of the
-- tables may list the logs of its database; what they record it still sees for one tenant at a time.

CREATE INDEX logs_origin ON logs (origin);

CREATE POLICY one_origin ON logs FOR SELECT USING (origin = current_setting('parley.origin', true));
CREATE POLICY every_log ON logs FOR SELECT USING (
    pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'logs'::regclass), 'USAGE')
);
