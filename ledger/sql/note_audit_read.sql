-- Somebody took away evidence. Reads are numbered within a log, for the numbers that the table gives by itself would tell
-- how much is read of others. No row: another read was noted at the same moment, and this one has to be noted again.
INSERT INTO audit_reads (tenant, number, principal, path)
OVERRIDING SYSTEM VALUE
SELECT %(tenant)b, 1 + coalesce(max(number), 0), %(principal)b, %(path)b
FROM audit_reads
WHERE tenant = %(tenant)b
ON CONFLICT (tenant, number) DO NOTHING
RETURNING number;
