"""An anomaly: an unusual event, which takes effect as recorded."""

from typing import NamedTuple

GROUP = "anomalies"
"""The section of a state that lists anomalies; the rules of it are declared in this group."""


class Anomaly(NamedTuple):
    event_id: str
    rule: str
    why: str
    because: tuple[str, ...] = ()
    """The events beside it that make it one."""
