"""The result of a health check."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["fine", "doubtful", "broken"]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """The result of one check. `told` is a sentence; of a failed check it says what to do."""

    name: str
    level: Level
    told: str
