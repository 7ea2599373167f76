"""Connections, binary arrays and migrations."""
