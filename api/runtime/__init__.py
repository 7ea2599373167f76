"""The runtime of a server: tenants, caches, limits, metrics."""
