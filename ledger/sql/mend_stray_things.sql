-- Takes away what the registry holds of deals that the log does not have.
WITH removed AS (
    DELETE FROM things AS t
    WHERE t.tenant = %(tenant)s
        AND NOT EXISTS (SELECT FROM events AS e WHERE e.tenant = t.tenant AND e.deal_id = t.deal_id)
    RETURNING 1
)
SELECT count(*) FROM removed;
