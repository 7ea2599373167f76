"""Audit of the database, and bundles verified offline."""
