-- Somebody took away evidence.
INSERT INTO audit_reads (tenant, principal, path)
VALUES (%(tenant)b, %(principal)b, %(path)b)
RETURNING number;
