"""Health, readiness, version, metrics and the reference."""
