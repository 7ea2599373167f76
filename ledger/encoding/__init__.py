"""Canonical bytes, leaves, and events to and from bytes."""
