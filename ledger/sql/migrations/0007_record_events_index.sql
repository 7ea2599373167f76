-- What corrects, voids, reinstates, erases or holds a deal's events is asked for with each further such event, under the
-- log's lock: found without going through all other events of the deal.
CREATE INDEX events_about_record ON events (tenant, deal_id, version)
WHERE type LIKE 'record.%' OR type = 'deal.opened';
