"""The garbage collector of a process that answers requests or costly queries."""

import gc


def freeze_objects() -> None:
    """Leave out of collections what exists now: it lives as long as the process, and processes forked from it share it
    only as long as no collection writes to it."""
    gc.collect()
    gc.freeze()


def tune() -> None:
    """Collect seldom: most objects live as long as a request or as the process."""
    freeze_objects()
    gc.set_threshold(50_000, 20, 50)
