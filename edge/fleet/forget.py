"""Removes what a broker keeps of a box that is no more: retained messages, its announcement, its session.

  python -m edge.fleet.forget --config operator.toml --device hall

Its login has to be gone first: a box that still comes in says everything again. Prints one JSON object, and leaves
with 9 if something is left.
"""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from edge.cli.options import add_config, load_config
from edge.errors import EdgeError, ExitCode, OutputError
from edge.publish import discovery
from edge.publish.listener import Access, trouble_of
from edge.publish.topics import check_device

_ANSWER_S: Final = 10.0
"""How long the broker may take for each step."""

_TICK_S: Final = 0.1

_MOST_LOOKS: Final = 5
"""A broker may answer late with what it keeps, or send a last will after our first look."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Forget one box and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m edge.fleet.forget", description=__doc__)
    add_config(parser)
    parser.add_argument("--device", required=True, metavar="ID")
    parser.add_argument("--discovery-prefix", default=discovery.DEFAULT_PREFIX, metavar="P")
    args = parser.parse_args(arguments)
    try:
        config = load_config(args, {})
        check_device(args.device)
        access = Access.configured(config.mqtt)
        found, left = forget(
            access, device=args.device, prefix=config.mqtt.topic_prefix, discovery_prefix=args.discovery_prefix
        )
    except EdgeError as error:
        sys.stderr.write(f"pose-edge: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps({"ok": not left, "device": args.device, "removed": found, "left": left}) + "\n")
    return ExitCode.UNHEALTHY if left else ExitCode.OK


def forget(access: Access, *, device: str, prefix: str, discovery_prefix: str) -> tuple[list[str], list[str]]:
    """Remove all that the broker keeps of a box.

    Args:
        access: The broker, as an operator who may read and write the box's topics.
        device: Which box.
        prefix: What its topics begin with.
        discovery_prefix: What Home Assistant's discovery topics begin with.

    Returns:
        Topics that held something, and those that still do.

    Raises:
        OutputError: The broker cannot be reached, refuses us, or does not let us read the box's topics.
    """
    client_id = f"pose-edge-{device}"
    # Under the box's own client id: that ends its session, and with it what is queued for it.
    one = _Visit(access, client_id, [f"{discovery_prefix}/device/{client_id}/config", f"{prefix}/{device}/#"])
    ask = f"{prefix}/{device}/cmd/forget-{secrets.token_hex(4)}/result"
    found: set[str] = set()
    try:
        one.begin()
        for _ in range(_MOST_LOOKS):
            kept = one.look(ask)
            if not kept:
                return sorted(found), []
            found |= kept
            one.clear(kept)
        return sorted(found), sorted(one.look(ask))
    finally:
        one.end()


class _Visit:
    """One connection, served by whoever calls."""

    def __init__(self, access: Access, client_id: str, filters: Sequence[str]) -> None:
        self._access = access
        self._filters = [(one, 1) for one in filters]
        self._kept: set[str] = set()
        self._heard: set[str] = set()
        self._trouble = ""
        self._listening = False
        self._client = access.client(client_id)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._take

    def begin(self) -> None:
        """Connect."""
        try:
            self._access.connect(self._client)
        except (OSError, ValueError) as error:
            raise OutputError(f"cannot connect to broker {self._access.address}: {trouble_of(error)}") from None
        self._until(self._client.is_connected)

    def look(self, ask: str) -> set[str]:
        """Topics of which the broker keeps something now.

        Args:
            ask: A topic of the box that nobody listens to: what comes back on it comes after all that is kept.
        """
        self._kept.clear()
        self._heard.clear()
        self._listening = False
        self._client.subscribe(self._filters)
        self._until(lambda: self._listening)
        self._client.publish(ask, b"?", qos=1)
        self._until(lambda: ask in self._heard)
        return self._kept - {ask}

    def clear(self, topics: set[str]) -> None:
        """Publish nothing, retained: the broker drops what it kept."""
        sent = [self._client.publish(topic, b"", qos=1, retain=True) for topic in sorted(topics)]
        self._until(lambda: all(one.is_published() for one in sent))

    def end(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        if rest := self._client.socket():
            rest.close()

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + _ANSWER_S
        while not condition():
            if self._client.loop(_TICK_S) != MQTTErrorCode.MQTT_ERR_SUCCESS or time.monotonic() > deadline_s:
                reason = self._trouble or "it has ended the connection, or does not answer"
                raise OutputError(f"broker {self._access.address}: {reason}")
            if self._trouble:
                raise OutputError(f"broker {self._access.address}: {self._trouble}")

    def _connected(self, _client: paho.Client, _userdata: object, _flags: object, code: ReasonCode, _: object) -> None:
        if code.is_failure:
            self._trouble = f"it refuses us: {code.getName()}; check mqtt.username and password"

    def _subscribed(self, _client: paho.Client, _data: object, _mid: int, codes: list[ReasonCode], _: object) -> None:
        self._listening = True
        if any(code.is_failure for code in codes):
            self._trouble = "it does not let this user read the box's topics"

    def _take(self, _client: paho.Client, _userdata: object, message: Any) -> None:  # noqa: ANN401 - paho's
        self._heard.add(message.topic)
        if message.retain and message.payload:
            self._kept.add(message.topic)


if __name__ == "__main__":
    sys.exit(main())
