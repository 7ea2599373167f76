"""Values as a refusal quotes them: as they were sent, in JSON."""

import json

LONGEST_QUOTATION = 64
"""Characters of a quoted value, beyond which it is cut."""


def quoted(value: object) -> str:
    """A text in single quotes, any other value as JSON; cut where it is long."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= LONGEST_QUOTATION else text[: LONGEST_QUOTATION - 3] + "..."
