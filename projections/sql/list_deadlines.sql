-- A page of deadlines of one standing, by the moment that closes them, narrowed by what the reader asks.
SELECT deal_id, deadline_id, standing, closes_at, due_day, tz, calendar, force, binding, names, entry,
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
