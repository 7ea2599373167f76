SELECT number, event FROM staged WHERE id = ?
