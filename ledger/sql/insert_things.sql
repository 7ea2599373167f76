-- What the batch named for the first time.
INSERT INTO things (tenant, deal_id, kind, id, version)
SELECT %(tenant)b, deal_id, kind, id, version
FROM unnest(%(deals)b::text[], %(kinds)b::text[], %(ids)b::text[], %(versions)b::integer[]) AS row (deal_id, kind, id, version)
ON CONFLICT DO NOTHING;
