"""The digest of a row may cover its last column by a hash: the row is then checked also where that is not read."""

from hashlib import sha256

import msgspec
import pytest

from projections.keyed_digest import Authenticator
from projections.row_authentication import NotAuthentic, RowAuthenticator, SignedTable

TABLE = SignedTable("t", ("deal_id", "standing", "entry"), last_by_hash=True)
ENTRY = b'{"due":"2024-01-01"}'
HASH = sha256(ENTRY).digest()
KEY = Authenticator(b"k" * 32)
MAC = KEY.digester("tenant", "origin", "p", "t")(msgspec.msgpack.encode(["d", "overdue", HASH]))
ROWS = RowAuthenticator(KEY, "tenant", "origin", "p", (TABLE,))


def test_a_row_is_authentic_with_the_column_and_with_its_hash_alone() -> None:
    ROWS.check_columns(TABLE, [("d", "overdue", ENTRY, MAC)])
    ROWS.check_hashes(TABLE, [("d", "overdue", HASH, MAC, None), ("d", "overdue", HASH, MAC, ENTRY)])


@pytest.mark.parametrize(
    "row",
    [
        ("d", "overdue", sha256(b"forged").digest(), MAC, None),
        ("d", "past_due", HASH, MAC, None),
        ("d", "overdue", HASH, MAC, b"forged"),
        ("d", "overdue", HASH, None, ENTRY),
    ],
)
def test_a_row_is_refused_where_the_hash_or_the_column_is_another(row: tuple[object, ...]) -> None:
    with pytest.raises(NotAuthentic):
        ROWS.check_hashes(TABLE, [row])


def test_a_changed_column_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        ROWS.check_columns(TABLE, [("d", "overdue", b"forged", MAC)])
