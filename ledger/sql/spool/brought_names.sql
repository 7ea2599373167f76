SELECT id FROM things WHERE deal = ? AND kind = ? LIMIT ?
