-- Events whose payloads were destroyed. A payload that is put back is read by nobody: a policy hides it from the
-- application, and the audit names it.
CREATE TABLE erased_events (
    tenant      text COLLATE "C" NOT NULL,
    position    bigint           NOT NULL,
    PRIMARY KEY (tenant, position)
);

-- Those of before. The owner of the tables is held to one tenant like everybody; for this statement it is not.
ALTER TABLE events        NO FORCE ROW LEVEL SECURITY;
ALTER TABLE event_payload NO FORCE ROW LEVEL SECURITY;

INSERT INTO erased_events (tenant, position)
SELECT DISTINCT erased.tenant, erased.position
FROM events AS erasure
JOIN event_payload AS said ON said.tenant = erasure.tenant AND said.position = erasure.position
JOIN events AS erased
    ON erased.tenant = erasure.tenant
    AND erased.deal_id = erasure.deal_id
    AND erased.id = convert_from(said.payload, 'UTF8')::json -> 'data' ->> 'event_id'
WHERE erasure.type = 'record.erased';

ALTER TABLE events        FORCE ROW LEVEL SECURITY;
ALTER TABLE event_payload FORCE ROW LEVEL SECURITY;

ALTER TABLE erased_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_events FORCE  ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON erased_events USING (tenant = current_setting('parley.tenant', true));

CREATE POLICY not_erased ON event_payload AS RESTRICTIVE FOR SELECT TO parley_app USING (
    NOT EXISTS (SELECT FROM erased_events AS x WHERE x.tenant = event_payload.tenant AND x.position = event_payload.position)
);

GRANT SELECT ON erased_events TO parley_app;
GRANT SELECT, INSERT ON erased_events TO parley_eraser;
