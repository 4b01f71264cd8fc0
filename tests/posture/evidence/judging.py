"""Runs poses through tracking and posture, and keeps what they say."""

from collections.abc import Iterable
from dataclasses import dataclass

from edge.config import Config
from edge.flow import Event, Poses
from edge.understanding import Understanding

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a recording.

    Attributes:
        events: All, in order.
    """

    events: tuple[Event, ...]

    def falls_s(self) -> tuple[float, ...]:
        """When `fall_detected` was said, in seconds."""
        return tuple(event.t_ns / NS_PER_S for event in self.events if event.type == "fall_detected")

    def counted(self) -> dict[str, int]:
        """Repetitions by exercise."""
        counted: dict[str, int] = {}
        for event in self.events:
            if event.type == "rep":
                exercise = str(event.data["exercise"])
                counted[exercise] = counted.get(exercise, 0) + 1
        return counted


def said_of(frames: Iterable[Poses], config: Config) -> Said:
    """Everything that is said of some frames, the last of which is the end of the recording."""
    understanding, last_ns = Understanding(config), 0
    events: list[Event] = []
    for poses in frames:
        events.extend(understanding.update(poses)[1])
        last_ns = poses.t_ns
    events.extend(understanding.end(last_ns))
    return Said(tuple(events))
