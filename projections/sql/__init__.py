"""The SQL of what follows from the record, in files that people read."""

from functools import cache
from importlib.resources import files


@cache
def sql(name: str) -> str:
    """The text of `projections/sql/<name>.sql`."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
