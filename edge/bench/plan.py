"""What is to be measured: contenders, scenes, turns."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.bench.child import ChildSpec, Kind
from edge.bench.scenes import FPS, HEIGHT, WIDTH, lead_frames
from edge.errors import ConfigError

DEFAULT_CONTENDERS: Final = ("stock", "bare", "daemon")

_CONTENDER: Final = re.compile(r"(?P<kind>stock|bare)|(?P<daemon>daemon)(?:@(?P<fps>\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody to measure.

    Attributes:
        name: As the user wrote it: `stock`, `bare`, `daemon`, `daemon@10`.
        kind: Which program it is.
        inference_fps: The most model runs a second of a daemon; None leaves it to the configuration.
    """

    name: str
    kind: Kind
    inference_fps: float | None = None


def parse_contender(text: str) -> Contender:
    """Read a contender's name.

    Raises:
        ConfigError: There is none of this name.
    """
    match = _CONTENDER.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"--contenders: there is no contender {text!r}: choose of stock, bare, daemon, and daemon@N for N model "
            "runs a second"
        )
    if match["kind"]:
        return Contender(text, "stock" if match["kind"] == "stock" else "bare")
    return Contender(text, "daemon", float(match["fps"]) if match["fps"] else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run of the bench.

    Attributes:
        contenders: In the order of the report.
        scenes: Names of the bench's scenes; empty when a source is played instead.
        source: `--source` as given, or None.
        seconds: Measured seconds of each contender in each scene.
        slices: Into how many turns they are divided.
        settle_s: Seconds before each turn is measured: people are found again, modes are entered.
        first_settle_s: The same before the first turn of a scene, when also the background is new.
        inference_fps: The most model runs a second of `daemon`; None leaves it to the configuration.
        landmark_rate: Landmark messages a second of every daemon; None likewise.
        num_poses: The most people all look for; None is one for MediaPipe, as in its sample, and the configuration's
            number for the daemon.
        cpu_quota: Per cent of one core that each contender may use; None is no limit.
        config: Configuration file of the daemon; None is the default one.
    """

    contenders: tuple[Contender, ...]
    scenes: tuple[str, ...]
    source: str | None = None
    seconds: float = 20.0
    slices: int = 4
    settle_s: float = 2.0
    first_settle_s: float = 6.0
    inference_fps: float | None = None
    landmark_rate: float | None = None
    num_poses: int | None = None
    cpu_quota: float | None = None
    config: Path | None = None

    @property
    def slice_s(self) -> float:
        """Seconds of one turn."""
        return self.seconds / self.slices

    @property
    def clips(self) -> tuple[str, ...]:
        """Names of what is played, in order."""
        return self.scenes or ("clip",)

    @property
    def expected_s(self) -> float:
        """How long all turns take; rendering and starting come on top."""
        settling_s = self.first_settle_s + (self.slices - 1) * self.settle_s
        leads_s = self.slices * sum(lead_frames(name) / FPS for name in self.clips)
        return ((self.seconds + settling_s) * len(self.clips) + leads_s) * len(self.contenders)

    def child(self, contender: Contender, *, port: int, protocol: str) -> ChildSpec:
        """What the process of a contender has to know.

        Args:
            contender: One of the plan's.
            port: Of the broker.
            protocol: That it speaks.
        """
        overrides: dict[str, object] = {
            "device.id": device_of(contender),
            "source.uri": "studio",  # never opened: it spares the check of what the configuration names
            "source.fps": FPS,
            "source.width": WIDTH,
            "source.height": HEIGHT,
            "mqtt.broker": f"127.0.0.1:{port}",
            "mqtt.protocol": protocol,
            "publish.landmark_format": "binary",
        }
        fps = contender.inference_fps or self.inference_fps
        # None leaves a key to the configuration.
        overrides |= {
            "pace.max_inference_fps": fps,
            "publish.landmark_rate_hz": self.landmark_rate,
            "detect.num_poses": self.num_poses,
        }
        return ChildSpec(
            kind=contender.kind,
            fps=FPS,
            num_poses=self.num_poses or 1,
            config=str(self.config) if self.config else None,
            overrides=overrides,
        )


def device_of(contender: Contender) -> str:
    """The device id of a contender, which names its topics."""
    return f"bench-{contender.name.replace('@', '-').replace('.', '-')}"
