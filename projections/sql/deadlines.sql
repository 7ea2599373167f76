-- The rows of deadlines; their table is made with that of the deals.

-- list_deadlines --
-- A page of deadlines of one standing, by the moment that closes them, narrowed by what the reader asks.
SELECT deal_id, deadline_id, standing, closes_at, due_day, tz, calendar, published, force, binding, names, entry,
    (to_jsonb(deadlines) - 'mac')::text, mac
FROM deadlines
WHERE standing = %(standing)s
    AND (closes_at, deal_id, deadline_id) > (%(closes_at)s::bigint, %(deal_id)s, %(deadline_id)s)
    AND (%(binding)s::boolean IS NULL OR binding = %(binding)s)
    AND (%(force)s::text IS NULL OR force = %(force)s)
    AND (%(party)s::text IS NULL OR %(party)s = ANY (names))
    AND (%(due_by)s::date IS NULL OR due_day <= %(due_by)s)
ORDER BY closes_at, deal_id, deadline_id
LIMIT %(limit)s;

-- deadlines_by_deal --
-- Every deadline that has a day, with what a calendar says of its deal.
SELECT d.deal_id, d.title, d.tz, d.version, d.recorded_at, l.deadline_id, l.entry, l.due_day, l.tz, l.standing,
    (to_jsonb(d) - 'mac')::text, d.mac, (to_jsonb(l) - 'mac')::text, l.mac
FROM deals AS d
JOIN deadlines AS l ON l.deal_id = d.deal_id
WHERE d.exists_now AND l.due_day IS NOT NULL
ORDER BY d.deal_id, l.deadline_id;

-- insert_deadlines --
-- The deadlines of a deal whose rows were just removed.
INSERT INTO deadlines (
    deal_id, deadline_id, standing, closes_at, due_day, tz, calendar, published, force, binding, names, entry
)
SELECT
    %(deal_id)s, deadline_id, standing, closes_at, due_day, tz, calendar, published, force, binding,
    string_to_array(names, E'\n'), entry
FROM unnest(
    %(deadline_id)s::text[], %(standing)s::text[], %(closes_at)s::bigint[], %(due_day)s::date[], %(tz)s::text[],
    %(calendar)s::text[], %(published)s::bytea[], %(force)s::text[], %(binding)s::boolean[], %(names)s::text[], %(entry)s::bytea[]
) AS row (
    deadline_id, standing, closes_at, due_day, tz, calendar, published, force, binding, names, entry
);

-- delete_deadlines --
-- Removes the deadlines of a deal.
DELETE FROM deadlines WHERE deal_id = %(deal_id)s;
