-- The merges of a deal's ids are asked for with each further one, under the log's lock: found without going through all
-- other events of the deal.
CREATE INDEX events_of_merges ON events (tenant, deal_id, version)
WHERE type = 'entity.merged';
