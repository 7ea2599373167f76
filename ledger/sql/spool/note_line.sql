INSERT INTO lines (digest, times) VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET times = times + 1
