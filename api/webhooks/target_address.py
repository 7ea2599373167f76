"""The address of a webhook's receiver: which URLs are permitted, and whether an address is one of the public internet.

A URL is checked by its text when a webhook is made, and by the addresses of its host name before each request.
"""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

TRANSLATED = ip_network("64:ff9b::/96")
"""IPv6 addresses whose last four bytes are the IPv4 address that is meant (RFC 6052)."""

UNICAST = ip_network("2000::/3")
"""Where the public addresses of IPv6 lie: all that IANA has ever given out."""

DOCUMENTATION = ip_network("3fff::/20")
PLATFORM = ip_network("168.63.129.16/32")
"""An address that looks public and is not: the platform endpoint of virtual machines on Azure."""

TUNNELLED = (0x00005EFE, 0x02005EFE)
"""Third word of an IPv6 address whose fourth is the IPv4 address at the other end of a tunnel (ISATAP, RFC 5214)."""

NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?")
NUMBERS = re.compile(r"(.*\.)?(0[xX][0-9a-fA-F]*|[0-9]+)\.?")
"""A host that ends in a number is an IPv4 address in every notation (WHATWG URL)."""

PRIVATE_NAMES = (
    "localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "home.arpa",
)  # fmt: skip
"""Last labels of names that no public name server answers for."""


class ForbiddenAddress(Exception):
    """Webhooks may not reach this address."""


def resolve_target(url: str, *, private: bool) -> str:
    """The address to connect to for a URL. Raises ForbiddenAddress if webhooks may not connect to it, and OSError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host or (parts.scheme == "http" and not private):
        raise ForbiddenAddress("A webhook is an https URL.")
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)]
    if not private and not all(is_public(ip_address(each.split("%")[0])) for each in found):
        raise ForbiddenAddress(f"{host} lies in a private network, which webhooks do not reach.")
    return found[0]


def url_fault(url: str, *, private: bool) -> str | None:
    """Why this URL is refused, by its text alone; None if it is permitted."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return "write it in ASCII characters, without spaces"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return str(error)
    if port == 0:
        return "nothing listens on port 0: leave the port out, or write another"
    if parts.scheme not in ("https", "http") or not host or parts.username is not None or parts.fragment:
        return "write https://host/path, without a user and without a fragment"
    if not private and parts.scheme == "http":
        return "use https"
    if not _is_plain(host):
        return f"write the host {host} as a name, or as an address in its usual form"
    if not private and _names_private(host):
        return f"{host} lies in a private network, which webhooks do not reach"
    return None


def _is_plain(host: str) -> bool:
    """Whether a host is a name, or an address in its canonical form."""
    if ":" in host or NUMBERS.fullmatch(host):
        try:
            return "%" not in host and bool(ip_address(host))
        except ValueError:
            return False
    return NAME.fullmatch(host) is not None


def _names_private(host: str) -> bool:
    try:
        return not is_public(ip_address(host))
    except ValueError:
        name = host.rstrip(".").lower()
        return "." not in name or name.endswith(tuple(f".{each}" for each in PRIVATE_NAMES))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is a public one, also when it embeds an IPv4 address."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        words = int(address) >> 32 & 0xFFFFFFFF, int(address) & 0xFFFFFFFF
        if inner is None and (address in TRANSLATED or words[0] in TUNNELLED):
            inner = IPv4Address(words[1])
        if inner is not None:
            return is_public(inner)
        if address not in UNICAST or address in DOCUMENTATION:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in PLATFORM


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
