"""Prints where noses are, and what happens. pip install paho-mqtt; python subscriber.py BROKER BOX [USER PASSWORD]."""
# ruff: noqa: INP001, T201

import json
import struct
import sys
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


def noses(data: bytes) -> list[tuple[int, float, float]]:
    """Who is seen, and where the nose is in 0..1; docs/wire-format.md decodes all the rest."""
    if data[:1] != b"\x01" or len(data) != 16 + 155 * data[1]:
        raise ValueError("not a landmark message of version 1")
    people = [struct.unpack_from("<I2xI", data, at) for at in range(16, len(data), 155)]
    return [(track, (word & 0xFFF) / 2048 - 0.5, (word >> 12 & 0x1FFF) / 2048 - 1) for track, word in people]


def take(_client: mqtt.Client, seen: set[str], message: Any) -> None:  # noqa: ANN401 - paho's
    """Print one message."""
    kind = message.topic.rpartition("/")[2]
    try:
        if kind == "landmarks":
            for track, x, y in noses(message.payload):
                print(f"#{track} nose {x:.2f} {y:.2f}", flush=True)
        elif kind == "event":
            event = json.loads(message.payload)
            if event["id"] not in seen:  # delivered at least once: the same event has the same id
                seen.add(event["id"])
                print(event["ts"], event["type"], event["data"], flush=True)
    except (ValueError, KeyError, TypeError) as error:
        print(f"{message.topic} cannot be read: {error!r}", flush=True)


client = mqtt.Client(CallbackAPIVersion.VERSION2, userdata=set())
if sys.argv[3:]:
    client.username_pw_set(sys.argv[3], sys.argv[4])
client.on_connect = lambda client, *_: client.subscribe(f"pose-edge/{sys.argv[2]}/+", qos=1)  # after reconnects too
client.on_message = take
host, _, port = sys.argv[1].partition(":")
client.connect(host, int(port or 1883))
client.loop_forever()
