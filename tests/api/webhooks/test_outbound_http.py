"""Requests to receivers of webhooks: to the address that was checked, and within limits of time and size."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from api.webhooks import outbound_http
from api.webhooks.outbound_http import NoResponse, OutboundHttp

Respond = Callable[[socket.socket], None]


class Server:
    """Accepts one connection on a free port and answers it by a function."""

    def __init__(self, respond: Respond, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.requests: list[tuple[bytes, bytes]] = []
        self.thread = threading.Thread(target=self._serve, args=(respond,), daemon=True)
        self.thread.start()

    def _serve(self, respond: Respond) -> None:
        try:
            connection, _ = self.listener.accept()
            with self.tls.wrap_socket(connection, server_side=True) if self.tls else connection as connection:
                request = connection.makefile("rb")
                head = b""
                while (line := request.readline()) not in (b"\r\n", b""):
                    head += line
                if not head:
                    return
                size = int(re.search(rb"(?i)content-length: ([0-9]+)", head)[1])  # type: ignore[index]  # always sent
                self.requests.append((head, request.read(size)))
                respond(connection)
        except OSError:
            return  # the client has left

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Respond], Server]]:
    servers: list[Server] = []

    def start(respond: Respond) -> Server:
        servers.append(Server(respond))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def answer(text: bytes) -> Respond:
    return lambda connection: connection.sendall(text)


def resolve_to_here(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Lets the name receiver.test mean this machine; every name that is resolved."""
    resolve, names = socket.getaddrinfo, list[Any]()

    def resolve_name(host: Any, *given: Any, **named: Any) -> Any:
        names.append(host)
        return resolve("127.0.0.1" if host == "receiver.test" else host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_name)
    return names


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    pause = threading.Event()
    while not pause.wait(0.02):
        connection.sendall(b"X-More: 1\r\n")


def test_a_name_is_resolved_once_and_the_connection_goes_to_that_address(
    serve: Callable[[Respond], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answer(b"HTTP/1.1 204 No Content\r\n\r\n"))
    names = resolve_to_here(monkeypatch)
    url = f"http://receiver.test:{server.port}/hook?a=1"
    assert OutboundHttp(private=True).post(url, b'{"a":1}', {"Content-Type": "application/json"}) == 204
    assert names.count("receiver.test") == 1
    [(head, body)] = server.requests
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert f"host: receiver.test:{server.port}" in head.decode().lower().split("\r\n")
    assert body == b'{"a":1}'


def test_a_response_that_never_ends_is_given_up_in_time(
    serve: Callable[[Respond], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound_http, "TOTAL_SECONDS", 0.3)
    with pytest.raises(NoResponse, match="Timeout"):
        OutboundHttp(private=True).post(serve(drip).url, b"{}", {})


@pytest.mark.parametrize("size", [b"9", b"999999999"])
def test_the_status_counts_however_the_body_ends(serve: Callable[[Respond], Server], size: bytes) -> None:
    server = serve(answer(b"HTTP/1.1 503 Busy\r\nContent-Length: " + size + b"\r\n\r\nshort"))
    assert OutboundHttp(private=True).post(server.url, b"{}", {}) == 503


def test_of_a_large_body_only_the_beginning_is_read(serve: Callable[[Respond], Server]) -> None:
    sent: list[int] = []

    def respond(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x" * 1_000_000)
            sent.append(1)

    server = serve(respond)
    assert OutboundHttp(private=True).post(server.url, b"{}", {}) == 200
    server.thread.join(10)
    assert len(sent) < 50


def test_what_is_no_response_is_told_as_such(serve: Callable[[Respond], Server]) -> None:
    with pytest.raises(NoResponse, match="RemoteProtocolError"):
        OutboundHttp(private=True).post(serve(answer(b"no HTTP at all\r\n\r\n")).url, b"{}", {})


def certificate(folder: Path, name: str) -> Path:
    """The file of a self-signed certificate for a name, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize(("certified", "status"), [("receiver.test", 204), ("other.test", None)])
def test_the_certificate_is_verified_for_the_name_and_not_for_the_address(
    certified: str, status: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, certified)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = Server(answer(b"HTTP/1.1 204 No Content\r\n\r\n"), context)
    resolve_to_here(monkeypatch)
    url = f"https://receiver.test:{server.port}/hook"
    if status is None:
        with pytest.raises(NoResponse, match="certificate"):
            OutboundHttp(private=True).post(url, b"{}", {})
    else:
        assert OutboundHttp(private=True).post(url, b"{}", {}) == status
    server.close()


def test_a_cancelled_client_sends_nothing_more(serve: Callable[[Respond], Server]) -> None:
    client = OutboundHttp(private=True)
    client.cancel()
    with pytest.raises(NoResponse, match="stopped"):
        client.post(serve(answer(b"HTTP/1.1 200 OK\r\n\r\n")).url, b"{}", {})


def test_a_request_under_way_ends_when_it_is_cancelled(serve: Callable[[Respond], Server]) -> None:
    client = OutboundHttp(private=True)

    def respond(connection: socket.socket) -> None:
        client.cancel()
        connection.recv(1)

    server = serve(respond)
    with pytest.raises(NoResponse):
        client.post(server.url, b"{}", {})
