"""Snapshots: folded states kept at some places of long deals, so that a query does not cost the whole history.

A snapshot is a folded state at one place in fold order for one version; it is never closed and never wrong. A
query takes the nearest, folds on what lies between, and folds again only the entities on which the two bases differ.
"""
