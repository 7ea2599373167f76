"""SQL statements of the projections by name, and those of the ledger (see `ledger.sql`)."""

from ledger.sql import NamedStatements

sql = NamedStatements("ledger.sql", __name__)
