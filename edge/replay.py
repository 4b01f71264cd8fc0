"""Runs the stages after detection over a landmark trace: no model, no camera, the same result every time."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from edge.config import Config
from edge.flow import Event
from edge.publish.messages import EventMessage, EventNumbering, WallClock
from edge.publish.ulid import UlidFactory
from edge.summary import Summary
from edge.trace import read_trace
from edge.understanding import Understanding

_NS_PER_S: Final = 1_000_000_000
_EPOCH: Final = WallClock(monotonic_ns=0, unix_ns=0)


def replay(config: Config, trace: Path, *, on_event: Callable[[EventMessage], None]) -> Summary:
    """Replay one trace.

    Args:
        config: The whole configuration; tracking and posture are what counts.
        trace: The trace, as docs/trace.md describes; `.gz` is decompressed.
        on_event: Gets each event as soon as it is decided.

    Raises:
        SourceError: The trace cannot be read.
    """
    understanding = Understanding(config)
    # As with a recording: no date and no chance, so the same trace gives the same ids every time.
    numbering = EventNumbering(config.device.id, UlidFactory(Random(0).getrandbits))  # noqa: S311
    counted: Counter[str] = Counter()

    def tell(events: tuple[Event, ...]) -> None:
        for event in events:
            counted[event.type] += 1
            on_event(numbering.message(event, _EPOCH))

    frames = with_pose = last_ns = 0
    for poses in read_trace(trace):
        frames += 1
        with_pose += len(poses) > 0
        last_ns = poses.t_ns
        tell(understanding.update(poses)[1])
    tell(understanding.end(last_ns))
    return Summary(
        recording=str(trace),
        frames=frames,
        seconds=round(last_ns / _NS_PER_S, 3),
        frames_with_pose=with_pose,
        people=counted["person_entered"],
        events=dict(counted),
    )
