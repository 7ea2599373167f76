SELECT 1 FROM things WHERE deal = ? AND kind = ? AND id = ?
