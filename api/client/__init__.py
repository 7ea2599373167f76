"""The Python client and the subscription to a log."""
