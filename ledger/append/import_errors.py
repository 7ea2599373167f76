"""The errors of a bulk import."""

from collections.abc import Mapping

from domain.errors import Busy, InvalidInput, Problem


class ImportInterrupted(Busy):
    """The connection was lost between two transactions of an import: a part of it is recorded."""

    code = "import-interrupted"


def interrupted(error: Exception, standing: Mapping[str, int], doubtful: int) -> ImportInterrupted:
    """The error if the connection is lost while a chunk of `doubtful` events is written; `standing` counts the rest."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    told = (
        f"The import was interrupted ({first}): {standing['recorded']} of its events are recorded now and "
        f"{standing['left']} are not, of which the next {doubtful} may be. Send the same file again: what is recorded "
        "is recognised."
    )
    return ImportInterrupted(told, extra={**standing, "retry_after": 1})


def not_erased(event_id: str) -> InvalidInput:
    """The refusal of an erased event that no erasure of the import names."""
    told = (
        f"The payload of {event_id} was erased in the log it comes from, and no record.erased of this import names it: "
        "import it together with its erasure, or leave the line out."
    )
    return InvalidInput(told, problems=(Problem("/data", "erased-payload", told),))
