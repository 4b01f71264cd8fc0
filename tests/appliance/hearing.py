"""What a subscriber outside the box hears."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from appliance.box import HOST_ADDRESS, Network


def heard(network: Network, topic: str, *, seconds: int = 3) -> list[bytes]:
    """All messages of some seconds, and what the broker has kept."""
    command = network.inside("mosquitto_sub", "-h", HOST_ADDRESS, "-t", topic, "-W", str(seconds), "-F", "%l")
    return subprocess.run(command, capture_output=True, check=False).stdout.splitlines()


@contextlib.contextmanager
def kept_events(network: Network, heard: Path) -> Iterator[None]:
    """Meanwhile, everything that box1 says of events is kept in a file, which grows."""
    command = network.inside("mosquitto_sub", "-h", HOST_ADDRESS, "-q", "1", "-t", "pose-edge/box1/event")
    with heard.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream)
    yield
    process.kill()
    process.wait(10)


def health(network: Network, device: str = "box1") -> dict[str, Any]:
    """The next word of a box on how it is."""
    topic = f"pose-edge/{device}/health"
    command = network.inside("mosquitto_sub", "-h", HOST_ADDRESS, "-t", topic, "-R", "-C", "1", "-W", "30")
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def health_when(
    network: Network, condition: Callable[[dict[str, Any]], bool], device: str = "box1", *, messages: int = 15
) -> dict[str, Any]:
    """The first health message that fulfils a condition, of so and so many."""
    for _ in range(messages):
        if condition(found := health(network, device)):
            return found
    raise AssertionError(f"{device} has not said so: {found}")
