-- Waits until no append of this log is under way, beside other readers who wait for the same.
SELECT pg_advisory_xact_lock_shared(%(lock)b::bigint);
