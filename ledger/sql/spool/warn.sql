INSERT INTO warnings (number, problem) VALUES (?, ?)
