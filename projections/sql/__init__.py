"""SQL statements of the projections by name (see `ledger.sql`)."""

from ledger.sql import NamedStatements

sql = NamedStatements(__name__)
