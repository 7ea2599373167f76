SELECT number, refused FROM openings WHERE deal = ?
