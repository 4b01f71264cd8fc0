"""A subscriber that writes down what all boxes say and when, with a session that misses no event."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from appliance.box import Network

TOPICS = ("event", "landmarks", "status", "camera", "health")


@dataclass(frozen=True)
class Heard:
    """One message: when it came in Unix time, of which box, its kind, whether the broker had kept it, its payload."""

    at_s: float
    device: str
    kind: str
    retained: bool
    payload: str


class Subscriber:
    """Use as a context manager; `heard` can be asked at any time.

    Args:
        network: Where the broker is.
        broker: Its address.
        password: The operator's; it goes into a file, as process lists are searched for it.
        folder: For that file and for what is heard.
    """

    def __init__(self, network: Network, broker: str, password: str, folder: Path) -> None:
        self._file = folder / f"heard-{time.monotonic_ns()}"
        settings = folder / "mosquitto"
        settings.mkdir(mode=0o700, exist_ok=True)
        (settings / "mosquitto_sub").write_text(f"-u operator\n-P {password}\n")
        (settings / "mosquitto_sub").chmod(0o600)
        self._environment = os.environ | {"XDG_CONFIG_HOME": str(settings)}
        words = [word for kind in TOPICS for word in ("-t", f"pose-edge/+/{kind}")]
        self._command = network.inside("mosquitto_sub", "-V", "5", "-h", broker, "-q", "1", "-F", "%U %r %t %x", *words)

    def __enter__(self) -> Self:
        with self._file.open("wb") as file:
            self._process = subprocess.Popen(self._command, stdout=file, env=self._environment)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)

    def heard(self, device: str, *kinds: str, fresh: bool = True) -> list[Heard]:
        """What a box has said so far; without `fresh` also what the broker had kept."""
        found = []
        for line in self._file.read_text().splitlines():
            words = line.split(" ")
            if len(words) < 4:  # half a line, or an empty message
                continue
            _, name, kind = words[2].split("/", 2)
            said = Heard(float(words[0]), name, kind, words[1] == "1", bytes.fromhex(words[3]).decode(errors="replace"))
            if name == device and kind in kinds and not (fresh and said.retained):
                found.append(said)
        return found

    def events(self, device: str) -> list[dict[str, Any]]:
        """The box's events in the order in which they came."""
        return [json.loads(said.payload) for said in self.heard(device, "event")]

    def longest_gap_s(self, device: str, *, since_s: float = 0.0) -> float:
        """The longest time for which landmarks of a box were missing."""
        times = [said.at_s for said in self.heard(device, "landmarks") if said.at_s >= since_s]
        assert len(times) > 1, f"{device} has sent no landmarks"
        return max(later - earlier for earlier, later in pairwise(times))
