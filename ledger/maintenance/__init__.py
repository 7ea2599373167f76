"""Health checks, readiness, backup."""
