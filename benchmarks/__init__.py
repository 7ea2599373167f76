"""Measurements, every one a ratio between rivals that took turns within one run."""
