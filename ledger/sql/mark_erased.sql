-- That the payloads of these events were destroyed; in the transaction that destroys them.
INSERT INTO erased_events (tenant, position)
SELECT %(tenant)b, position FROM unnest(%(positions)b::bigint[]) AS row (position)
ON CONFLICT DO NOTHING;
