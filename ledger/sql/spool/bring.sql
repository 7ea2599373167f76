INSERT INTO things (deal, kind, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
