"""A cluster of three hosts on this machine: etcd, Patroni and PostgreSQL on each, and haproxy before them.

Each host is a network namespace with an address of its own, so that its link can be severed; where namespaces are not
allowed, an address of 127/8.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


class ClusterNotWhole(Exception):
    """The cluster is not in the form in which a fault is tried, which is no fault of Parley's."""


POSTGRES_BIN = "/usr/lib/postgresql/15/bin"
TTL_SECONDS = 20
"""The time after which a primary that is not heard of is replaced; the least that Patroni allows."""

PRIMARY_PORT, REPLICA_PORT, PARLEY_PORT = 15000, 15001, 18000
"""Of haproxy: the primary, the standbys, the servers of Parley that are ready."""

ROLES = """#!/bin/sh
psql --set=ON_ERROR_STOP=1 "$1" <<'SQL'
CREATE ROLE parley LOGIN;
CREATE ROLE parley_app NOLOGIN; CREATE ROLE parley_eraser NOLOGIN; CREATE ROLE parley_signer NOLOGIN;
GRANT parley_app, parley_eraser, parley_signer TO parley;
CREATE DATABASE parley OWNER parley;
SQL
"""


def until(look: Callable[[], T | None], seconds: float, what: str) -> T:
    """What `look` gives once it is true."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come about within {seconds:.0f} s")
        time.sleep(0.2)
    return found


@dataclass
class Host:
    """One host of the cluster."""

    name: str
    address: str
    folder: Path
    namespace: str | None = None
    link: str | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, name: str, *command: str, user: str | None = None) -> None:
        """Start a process of the host, its output in a file."""
        within = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [*within, *as_user, *command], stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=self.folder,
                env={"PATH": f"{os.environ['PATH']}:{POSTGRES_BIN}", "LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
            )  # fmt: skip

    def signal_database(self, number: signal.Signals) -> None:
        """Send a signal to Patroni and to all processes of PostgreSQL."""
        place = self.data.resolve()
        with suppress(ProcessLookupError):
            self.processes["patroni"].send_signal(number)
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == place:
                    os.kill(int(process.name), number)

    def start_patroni(self) -> None:
        self.run("patroni", "patroni", str(self.folder / "patroni.json"), user="postgres")

    def role(self) -> str | None:
        """The role that Patroni gives the database: master, replica; None where it does not answer."""
        with suppress(httpx.HTTPError, ValueError):
            told: dict[str, Any] = httpx.get(f"http://{self.address}:8008/patroni", timeout=2).json()
            if told.get("state") == "running":
                return str(told["role"])
        return None


class Cluster:
    """Three hosts, and haproxy on this one."""

    def __init__(self, folder: Path, *, namespaces: bool) -> None:
        self.folder = folder
        self.bridge = f"pha{os.getpid()}" if namespaces else None
        net = os.getpid() % 200 + 20
        self.hosts = [
            Host(
                f"n{number}",
                f"10.231.{net}.1{number}" if namespaces else f"127.0.0.1{number}",
                folder / f"n{number}",
                f"pha{os.getpid()}n{number}" if namespaces else None,
                f"ph{os.getpid()}n{number}" if namespaces else None,
            )
            for number in (1, 2, 3)
        ]
        self._net = net
        self.haproxy: subprocess.Popen[bytes] | None = None

    @property
    def primary(self) -> Host:
        """The host whose database is the primary, once there is one."""

        def found() -> Host | None:
            return next((host for host in self.hosts if host.role() == "master"), None)

        return until(found, 90, "a primary database")

    def wait_until_whole(self) -> None:
        """Wait until one host is the primary and two follow it, one of them synchronously. Raises ClusterNotWhole."""
        try:
            until(
                lambda: sorted(str(host.role()) for host in self.hosts) == ["master", "replica", "replica"],
                90, "a primary with two standbys",
            )  # fmt: skip
            until(lambda: self.synchronous() is not None, 60, "a synchronous standby")
        except AssertionError as reason:
            raise ClusterNotWhole(str(reason)) from None

    def synchronous(self) -> str | None:
        """The name of the synchronous standby."""
        with suppress(httpx.HTTPError, ValueError):
            members = httpx.get(f"http://{self.primary.address}:8008/cluster", timeout=2).json()["members"]
            return next((each["name"] for each in members if each["role"] == "sync_standby"), None)
        return None

    def start(self) -> None:
        self._lay_links()
        peers = ",".join(f"{host.name}=http://{host.address}:2380" for host in self.hosts)
        for host in self.hosts:
            host.folder.mkdir()
            shutil.chown(host.folder, "postgres", "postgres")
            self.start_etcd(host, peers)
        for host in self.hosts:
            (host.folder / "patroni.json").write_text(json.dumps(self._patroni(host)), encoding="utf-8")
            roles = host.folder / "roles.sh"
            roles.write_text(ROLES, encoding="utf-8")
            roles.chmod(0o755)
            host.start_patroni()
        self.wait_until_whole()

    def start_etcd(self, host: Host, peers: str | None = None) -> None:
        """Start a member of etcd; without its peers it is one that was there before."""
        url = f"http://{host.address}"
        command = [
            "etcd", "--name", host.name, "--data-dir", str(host.folder / "etcd"), "--enable-v2",
            "--heartbeat-interval", "250", "--election-timeout", "2500",
            "--listen-client-urls", f"{url}:2379", "--advertise-client-urls", f"{url}:2379",
            "--listen-peer-urls", f"{url}:2380", "--initial-advertise-peer-urls", f"{url}:2380",
        ]  # fmt: skip
        host.run("etcd", *command, *(["--initial-cluster", peers] if peers else []))

    def start_haproxy(self, parley: dict[str, int]) -> None:
        """Start haproxy before the databases and these servers, by name and port."""
        config = self.folder / "haproxy.cfg"
        config.write_text(self._haproxy(parley), encoding="utf-8")
        with (self.folder / "haproxy.log").open("ab") as output:
            self.haproxy = subprocess.Popen(["haproxy", "-db", "-f", str(config)], stdout=output, stderr=output)

    def stop(self) -> None:
        for host in self.hosts:
            if "patroni" in host.processes:
                host.signal_database(signal.SIGCONT)
                host.signal_database(signal.SIGKILL)
        for process in [*(each for host in self.hosts for each in host.processes.values()), self.haproxy]:
            if process is not None:
                process.kill()
                process.wait()
        if self.bridge is not None:
            for host in self.hosts:
                _ip("netns", "del", str(host.namespace), check=False)
            _ip("link", "del", self.bridge, check=False)

    def sever(self, host: Host) -> None:
        """Sever the link of a host: packets are dropped both ways."""
        _ip("link", "set", str(host.link), "down")

    def join(self, host: Host) -> None:
        """Restore the link of a host."""
        _ip("link", "set", str(host.link), "up")

    def _lay_links(self) -> None:
        if self.bridge is None:
            return
        _ip("link", "add", self.bridge, "type", "bridge")
        _ip("addr", "add", f"10.231.{self._net}.1/24", "dev", self.bridge)
        _ip("link", "set", self.bridge, "up")
        for host in self.hosts:
            space, link = str(host.namespace), str(host.link)
            _ip("netns", "add", space)
            _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", link, "master", self.bridge, "up")
            for words in (["addr", "add", f"{host.address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
                _ip("-n", space, *words)
            _ip("-n", space, "link", "set", "lo", "up")

    def _patroni(self, host: Host) -> dict[str, Any]:
        hba = ["local all all trust", "host all all 0.0.0.0/0 trust", "host replication all 0.0.0.0/0 trust"]
        return {
            "scope": "parley",
            "name": host.name,
            "restapi": {"listen": f"{host.address}:8008", "connect_address": f"{host.address}:8008"},
            # Over version 3 of etcd's API Patroni 3.0.2 overwrites the key of the leader without comparing it: a
            # primary that was frozen takes it from the next one, and what that one acknowledged is lost.
            "etcd": {"hosts": [f"{each.address}:2379" for each in self.hosts]},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL_SECONDS, "loop_wait": 2, "retry_timeout": 5, "synchronous_mode": True,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"wal_log_hints": "on"}},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
                "post_bootstrap": str(host.folder / "roles.sh"),
            },
            "postgresql": {
                "listen": f"{host.address}:5432",
                "connect_address": f"{host.address}:5432",
                "data_dir": str(host.data),
                "bin_dir": POSTGRES_BIN,
                "pg_hba": hba,
                "authentication": {"superuser": {"username": "postgres"}, "replication": {"username": "replicator"}},
                "pgpass": str(host.folder / "pgpass"),
                "parameters": {"unix_socket_directories": str(host.folder), "max_connections": 100},
                "basebackup": [{"checkpoint": "fast"}],
                "remove_data_directory_on_diverged_timelines": True,
            },
        }  # fmt: skip

    def _haproxy(self, parley: dict[str, int]) -> str:
        down = "default-server inter 1s fall 3 rise 2 on-marked-down shutdown-sessions"
        databases = [f"    server {each.name} {each.address}:5432 check port 8008" for each in self.hosts]
        servers = [f"    server {name} 127.0.0.1:{port} check" for name, port in parley.items()]
        return "\n".join(
            [
                "defaults", "    mode tcp", "    timeout connect 4s", "    timeout client 1h", "    timeout server 1h",
                "    timeout check 3s",
                "listen primary", f"    bind 127.0.0.1:{PRIMARY_PORT}", "    option httpchk OPTIONS /primary",
                f"    {down}", *databases,
                "listen standbys", f"    bind 127.0.0.1:{REPLICA_PORT}", "    option httpchk OPTIONS /replica",
                f"    {down}", *databases,
                "listen parley", f"    bind 127.0.0.1:{PARLEY_PORT}", "    mode http", "    option httpchk GET /readyz",
                "    http-check send hdr Host localhost", "    timeout client 60s", "    timeout server 60s",
                "    default-server inter 1s fall 2 rise 1", *servers, "",
            ]
        )  # fmt: skip


@contextmanager
def running(folder: Path, *, namespaces: bool) -> Iterator[Cluster]:
    """The cluster, ended in the end whatever happens."""
    cluster = Cluster(folder, namespaces=namespaces)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def namespaces_allowed() -> bool:
    """Whether network namespaces and links between them can be made here."""
    probe = f"pha{os.getpid()}p"
    made = _ip("netns", "add", probe, check=False) and _ip(
        "link", "add", probe, "type", "veth", "peer", "name", "eth0", "netns", probe, check=False
    )
    _ip("netns", "del", probe, check=False)
    return made


def _ip(*words: str, check: bool = True) -> bool:
    """Run `ip`; whether it succeeded."""
    if shutil.which("ip") is None:
        return False
    return subprocess.run(["ip", *words], capture_output=True, check=check).returncode == 0
