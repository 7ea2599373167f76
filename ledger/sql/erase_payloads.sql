-- Destroys what these events said. Only parley_eraser may, in the transaction that records the erasure.
DELETE FROM event_payload WHERE tenant = %(tenant)b AND position = ANY (%(positions)b::bigint[]);
