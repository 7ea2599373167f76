-- A tree head, signed: not before the last event that it covers, whatever the clock says. A head that is signed again under
-- a clock that stands still is there already.
INSERT INTO log_checkpoints (tenant, size, signed_at, root, note)
SELECT
    %(tenant)b, %(size)b::bigint,
    greatest(clock_timestamp(), (SELECT recorded_at FROM events WHERE tenant = %(tenant)b AND position = %(size)b::bigint)),
    %(root)b, %(note)b
ON CONFLICT DO NOTHING;
