"""Subscriptions to a log within a process and across processes."""
