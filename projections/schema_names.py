"""The names of the schemas in which projections have their tables."""

import re
from hashlib import sha256


def schema_name(projection: str, tenant: str, *, beside: str = "") -> str:
    """The schema of a projection for a log; `beside`: of other tables than the live ones, made for this end."""
    readable = re.sub(r"[^a-z0-9]+", "_", tenant.lower()).strip("_")[:20]
    ending = f"_{beside}" if beside else ""
    return f"{projection}_{readable}_{sha256(tenant.encode()).hexdigest()[:8]}{ending}"
