"""Whom the service is let through to."""

from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.service.egress import drop_in, name_servers, resolve

ADDRESSES = {"broker.home": ["192.168.1.5", "fd00::5"]}


def lines(*hosts: str, servers: tuple[str, ...] = ("192.168.1.1",)) -> list[str]:
    text = drop_in(hosts, servers=servers, resolve=lambda host: ADDRESSES.get(host, []))
    return [line for line in text.splitlines() if line.startswith("IPAddressAllow")]


def test_an_address_is_let_through_and_no_name_server() -> None:
    assert lines("10.0.0.7") == ["IPAddressAllow=10.0.0.7"]


def test_a_name_brings_all_its_addresses_and_the_name_servers() -> None:
    assert lines("broker.home") == ["IPAddressAllow=192.168.1.5 fd00::5", "IPAddressAllow=192.168.1.1"]


def test_a_host_named_twice_is_listed_once() -> None:
    assert lines("10.0.0.7", "10.0.0.7") == ["IPAddressAllow=10.0.0.7"]


def test_a_name_without_an_address_is_an_error_not_an_open_door() -> None:
    with pytest.raises(ConfigError, match="has no address"):
        lines("nowhere.invalid")


def test_this_machine_knows_itself() -> None:
    assert "127.0.0.1" in resolve("localhost")
    assert resolve("no-such-name.invalid") == []


def test_name_servers_are_read_as_the_resolver_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# by hand\nsearch home\nnameserver 192.168.1.1\nnameserver fe80::1%eth0\noptions trust-ad\n")
    assert name_servers(file) == ["192.168.1.1", "fe80::1"]
    assert name_servers(tmp_path / "none") == []
