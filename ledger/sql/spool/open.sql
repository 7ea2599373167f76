INSERT INTO openings (deal, number) VALUES (?, ?) ON CONFLICT DO NOTHING
