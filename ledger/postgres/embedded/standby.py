"""A throwaway hot standby of an embedded server, for tests and measurements."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from ledger.postgres.embedded.cluster import CLUSTER, environment, unprivileged
from ledger.postgres.embedded.data_folder import claim
from ledger.postgres.embedded.server import Embedded, find_binaries, memory_folder


@contextmanager
def standby_of(primary: Embedded) -> Iterator[Embedded]:
    """A hot standby, copied by pg_basebackup and streaming from then on. Raises EmbeddedError, CalledProcessError."""
    data = Path(tempfile.mkdtemp(prefix="parley-standby-", dir=memory_folder()))
    server = Embedded(data, durable=False, throwaway=True)
    try:
        claim(data)
        socket = str(conninfo_to_dict(primary.url)["host"])
        copy = [str(find_binaries() / "pg_basebackup"), "-D", str(data / CLUSTER), "-h", socket, "-U", "postgres"]
        copy += ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        subprocess.run([*unprivileged(), *copy], env=environment(), check=True, capture_output=True, cwd="/")
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(data, ignore_errors=True)
