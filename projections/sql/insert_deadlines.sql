-- The deadlines of a deal whose rows were just removed.
INSERT INTO deadlines (
    deal_id, deadline_id, standing, closes_at, due_day, tz, calendar, force, binding, names, entry
)
SELECT
    %(deal_id)s, deadline_id, standing, closes_at, due_day, tz, calendar, force, binding,
    string_to_array(names, E'\n'), entry
FROM unnest(
    %(deadline_id)s::text[], %(standing)s::text[], %(closes_at)s::bigint[], %(due_day)s::date[], %(tz)s::text[],
    %(calendar)s::text[], %(force)s::text[], %(binding)s::boolean[], %(names)s::text[], %(entry)s::bytea[]
) AS row (deadline_id, standing, closes_at, due_day, tz, calendar, force, binding, names, entry);
