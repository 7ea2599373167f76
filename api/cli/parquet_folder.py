"""A folder of Parquet files: the events of a log, and its deals and open deadlines on one basis."""

from datetime import UTC, datetime
from pathlib import Path

from api.client.client import Client, QueryValue
from api.parquet import files
from api.parquet.columns import DEADLINES, DEALS


def export_folder(
    client: Client, folder: Path, *, after: int, valid_at: str | None, known_at: str | None, named: str | None = None
) -> None:
    """Write events.parquet, deals.parquet and deadlines.parquet. Raises ExtraMissing, ApiError, ServerUnavailable.

    `named` is a list, whose deals alone are exported. Without a known time, deals and deadlines are as known at the
    position that events.parquet reaches, so that the three agree while others record.
    """
    files.require()
    folder.mkdir(parents=True, exist_ok=True)
    events = folder / "events.parquet"
    with events.open("wb") as opened:
        for part in client.parts("/v1/events", {"after": after, "list": named}, files.MEDIA):
            opened.write(part)
    about = files.metadata(str(events))
    basis: dict[str, QueryValue] = {"valid_at": valid_at, "known_at": known_at}
    if known_at is None:
        # One moment for every page.
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        basis = {"valid_at": valid_at or now, "known_position": about["position"], "min_position": about["position"]}
    stated = {name: value for name, value in basis.items() if value is not None and name != "min_position"}
    said = {"origin": about["origin"], "rules": about["rules"], **stated}
    for name, columns, rows in (
        ("deals", DEALS, client.deals(**basis, list=named)),
        ("deadlines", DEADLINES, client.deadlines(**basis, list=named)),
    ):
        with (folder / f"{name}.parquet").open("wb") as opened:
            files.write(opened, columns, rows, said)
