"""One deal as lists show it, with links to its resources."""

from urllib.parse import quote

from api.deals import answers
from api.deals.deal_rows import row_to_json
from api.runtime.tenant_services import TenantServices
from projections.tables.deals import current_row


def read_deal(log: TenantServices, deal_id: str) -> answers.Deal:
    """One deal as in a list, at the head of the log, with links to its resources."""
    row, exists = current_row(log.reader, deal_id)
    here = f"/v1/deals/{quote(deal_id)}"
    links = {name: f"{here}/{path}" for name, path in LINKS.items()}
    told: answers.Deal = {
        **row_to_json(row, log.reader.now()),
        "exists": exists,
        "links": {"self": here, **links, "page": here[3:]},
    }
    return told


LINKS = {
    "calendar": "calendar.ics", **{
        name: name for name in ("state", "events", "diff", "digest", "replay", "bundle", "timegate", "timemap")
    },
}  # fmt: skip
"""Resources of a deal -> path below the deal."""
