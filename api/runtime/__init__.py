"""What a running server holds: open logs, caches, limits, metrics."""
