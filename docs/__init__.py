"""The documentation, and the modules that generate its reference."""
