"""How a broker's address is written."""

import pytest

from edge.errors import ConfigError
from edge.publish.address import BrokerAddress, parse_broker


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("broker", "broker", 1883),
        ("mqtt.example.org:8883", "mqtt.example.org", 8883),
        ("192.168.1.5", "192.168.1.5", 1883),
        ("192.168.1.5:1884", "192.168.1.5", 1884),
        ("[::1]", "::1", 1883),
        ("[::1]:1884", "::1", 1884),
        ("[fe80::1%eth0]:1883", "fe80::1%eth0", 1883),
        ("my_broker.local:65535", "my_broker.local", 65535),
    ],
)
def test_addresses_are_read(text: str, host: str, port: int) -> None:
    assert parse_broker(text) == BrokerAddress(host, port)


@pytest.mark.parametrize("text", ["broker:1883", "[::1]:1884", "10.0.0.1:1"])
def test_addresses_are_written_as_they_are_read(text: str) -> None:
    assert str(parse_broker(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":1883",
        "broker:",
        "broker:port",
        "a b",
        "::1",
        "[::1",
        "mqtt://broker",
        "user@broker",
        "broker:1:2",
        "brö:1",
    ],
)
def test_what_is_no_address_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"HOST or HOST:PORT") as caught:
        parse_broker(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["broker:0", "broker:65536", "[::1]:99999"])
def test_a_port_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="1 to 65535"):
        parse_broker(text)
