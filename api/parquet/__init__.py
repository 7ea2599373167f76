"""Parquet files of events, deals and deadlines, with typed columns. Needs the extra `analytics`."""
