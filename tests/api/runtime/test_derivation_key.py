"""The key of stored derivations: made once, and found by processes that started before it was made."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from api.runtime.tenant_services import TenantServices
from api.settings import Settings
from benchmarks import long_deal
from ledger.ledger import Ledger
from ledger.tlog.signing_keys import write_if_missing
from projections.entity_versions.projection import ENTITIES
from projections.keyed_digest import FILE, load_authenticator
from projections.rebuild import catch_up
from projections.state.state_reader import StateReader

EVENTS = 600
"""Enough for entity versions."""


def test_a_server_that_starts_before_the_key_is_made_trusts_rows_from_then_on(ledger: Ledger, tmp_path: Path) -> None:
    ledger.import_batch(long_deal.submissions(events=EVENTS), "test")
    settings = Settings(tenant=ledger.tenant, data=tmp_path, run_workers=False)
    reader = TenantServices.open(ledger, settings, owned=False).reader
    folded = reader.state(long_deal.DEAL)
    assert reader.authenticator is None
    worker = TenantServices.open(ledger, settings.model_copy(update={"run_workers": True}), owned=False)
    catch_up(ledger, ENTITIES, StateReader(ledger, authenticator=worker.reader.authenticator))
    assert reader.state(long_deal.DEAL)["state_hash"] == folded["state_hash"]
    assert reader.indexed_record(long_deal.DEAL).store.covered(long_deal.DEAL, "0 America/New_York") == EVENTS


def test_processes_that_make_the_key_at_once_have_the_same_one(tmp_path: Path) -> None:
    together = Barrier(8)

    def make(key: bytes) -> bytes:
        together.wait(timeout=60)
        write_if_missing(tmp_path / FILE, key)
        return (tmp_path / FILE).read_bytes()

    with ThreadPoolExecutor(8) as threads:
        keys = {*threads.map(make, [bytes([number]) * 32 for number in range(8)])}
    assert len(keys) == 1
    assert [each.name for each in tmp_path.iterdir()] == [FILE]
    assert load_authenticator(tmp_path, make=False) is not None
