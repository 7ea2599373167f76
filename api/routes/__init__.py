"""The routes, by what they are for. Each is a declaration; the work is done elsewhere."""
