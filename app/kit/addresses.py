"""Which addresses we connect to: public ones, and those an operator has named."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Said out loud, as `is_global` has changed its mind between versions of Python. Sources: the IANA
# registries of special-purpose addresses, and what the filters of Svix and GitLab refuse.
REFUSED: tuple[Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
            "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
            "::/3", "4000::/2", "8000::/1",  # only 2000::/3 is given out
        ),
    )
)  # fmt: skip
NUMERIC = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)\Z")
NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_-]{1,63}\Z")
LOCAL_NAMES = (".internal", ".intranet", ".lan", ".local", ".localdomain", ".localhost")


class AddressRefused(Exception):  # noqa: N818  it says what happened
    """We do not connect there. The text is for the person who gave the address."""


@dataclass(frozen=True)
class Target:
    """The parts of a URL that decide where we connect."""

    scheme: str
    host: str
    port: int


def target_of(url: str, networks: Sequence[Network], ports: Sequence[int]) -> Target:
    """Where a URL leads, as far as can be told without asking for the name. Raises AddressRefused.

    Numbers are no names, in whichever way they are written (127.1, 0x7f000001, 2130706433): only
    an address of one of the operator's networks may be given as such, and only plain HTTP to one.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as wrong:
        raise AddressRefused("This is not a URL.") from wrong
    if parts.scheme not in ("https", "http") or not host:
        raise AddressRefused("Give an https:// address.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise AddressRefused("Leave user and password out.")
    if parts.fragment:
        raise AddressRefused("Leave the part behind # out.")
    if parts.scheme == "http" and not networks:
        raise AddressRefused("Give an https:// address.")
    port = port or (443 if parts.scheme == "https" else 80)
    if port not in ports:
        allowed = ", ".join(map(str, ports))
        raise AddressRefused(f"Port {port} is not one of those allowed here: {allowed}.")
    literal = _literal(host)
    if literal is not None:
        _check(literal, parts.scheme, networks, literal=True)
    elif ":" in host or NUMERIC.fullmatch(host.rpartition(".")[2]) or not NAME.match(host):
        raise AddressRefused("Give the name of a host.")
    elif not networks and ("." not in host or f".{host}".endswith(LOCAL_NAMES)):
        raise AddressRefused("Names of a local network lead nowhere from here.")
    return Target(parts.scheme, host, port)


def reachable(found: Iterable[str], scheme: str, networks: Sequence[Network]) -> list[Address]:
    """Of the addresses a name has at this moment, those we connect to. Raises AddressRefused."""
    kept = []
    for each in dict.fromkeys(found):
        address = _literal(each.partition("%")[0])
        try:
            if address is not None:
                _check(address, scheme, networks)
                kept.append(address)
        except AddressRefused:
            continue
    if not kept:
        raise AddressRefused("The name leads to no public address.")
    return kept


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _check(
    address: Address, scheme: str, networks: Sequence[Network], *, literal: bool = False
) -> None:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in networks):
        return
    if literal:
        raise AddressRefused("Give the name of a host, not its number.")
    if scheme != "https":
        raise AddressRefused("Plain HTTP goes to the operator's own networks only.")
    if not address.is_global or any(address in network for network in REFUSED):
        raise AddressRefused("This is not a public address.")
