"""Where the house connects to: a list of addresses said out loud, in every way to write them."""

import ipaddress

import pytest

from app.kit.addresses import REFUSED, AddressRefused, reachable, target_of

PLAIN = ((), (443,))
NETWORKS = (ipaddress.ip_network("10.7.0.0/16"), ipaddress.ip_network("fd00::/8"))
OWN = (NETWORKS, (443, 8080))
PRIVATE = [
    "0.0.0.0", "0.1.2.3",  # noqa: S104
    "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.1.2.3",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.7",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.9", "203.0.113.5",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1",
    "ff02::1", "::ffff:0:127.0.0.1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address):
    with pytest.raises(AddressRefused):
        reachable([address], "https", ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_connected_to(address):
    assert [str(each) for each in reachable([address], "https", ())] == [
        str(ipaddress.ip_address(address))
    ]


def test_the_list_refuses_both_ends_of_each_of_its_networks():
    for network in REFUSED:
        for address in (network[0], network[-1]):
            with pytest.raises(AddressRefused):
                reachable([str(address)], "https", ())


def test_of_several_addresses_only_the_public_ones_are_left_each_once():
    found = reachable(["10.0.0.1", "1.1.1.1", "::1", "1.1.1.1", "nonsense"], "https", ())
    assert list(map(str, found)) == ["1.1.1.1"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.1", "0x7f000001", "0X7F000001",
        "2130706433", "017700000001", "1.1.1.1", "999.1.1.1", "1.2.3.08", "a.1", "a.0x", "0",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "[2606:4700:4700::1111]",
        "localhost", "LOCALHOST", "localhost.", "hooks.localhost", "printer", "db.internal",
        "nas.local", "metadata.google.internal", "metadata", "127.0.0.1.", "a_b..c", "ex ample.com",
        "exa%6dple.com", "-", "x" * 64 + ".com", "ⓔxample.com",
    ],
)  # fmt: skip
def test_a_host_that_is_no_public_name_is_refused(host):
    with pytest.raises(AddressRefused):
        target_of(f"https://{host}/hook", *PLAIN)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "https://",
        "https:///hook",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:80/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:port/",
        "https://me@hooks.example.com/",
        "https://me:secret@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
        "https://@hooks.example.com/",
        "https://[::1/",
        "https://hooks.example.com/#part",
    ],
)
def test_a_url_that_is_no_plain_https_is_refused(url):
    with pytest.raises(AddressRefused):
        target_of(url, *PLAIN)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "https://hooks.example.com:443/",
        "https://HOOKS.example.com./",
        "https://xn--bcher-kva.example/",
        "https://a.b-c.example/",
        "https://4u.example/",
        "https://0x7f.example/",
    ],
)
def test_a_plain_https_url_is_taken(url):
    found = target_of(url, *PLAIN)
    assert (found.scheme, found.port) == ("https", 443)
    assert found.host == found.host.lower().rstrip(".")


def test_an_operator_opens_networks_of_their_own_and_nothing_else():
    assert target_of("https://10.7.3.4/", *OWN).host == "10.7.3.4"
    assert target_of("http://10.7.3.4:8080/", *OWN).port == 8080
    assert target_of("https://[fd00::5]/", *OWN).host == "fd00::5"
    assert target_of("https://intranet/", *OWN).host == "intranet"
    for url in ("https://10.8.0.1/", "https://127.0.0.1/", "https://1.1.1.1/", "http://a.example/"):
        with pytest.raises(AddressRefused):
            target_of(url, *OWN)
    assert list(map(str, reachable(["10.7.0.1"], "http", NETWORKS))) == ["10.7.0.1"]
    for address in ("10.8.0.1", "169.254.169.254", "1.1.1.1"):
        with pytest.raises(AddressRefused):
            reachable([address], "http", NETWORKS)
