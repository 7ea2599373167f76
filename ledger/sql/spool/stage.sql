INSERT INTO staged (number, id, deal, about, event) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
