"""Runs the stages after detection over a landmark trace: no model, no camera, the same result every time."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final, Protocol

from edge.config import Config
from edge.flow import Event, Tracks
from edge.posture.person import PersonNow
from edge.publish.messages import EventMessage, EventNumbering, WallClock
from edge.publish.ulid import UlidFactory
from edge.summary import Summary
from edge.trace import read_trace
from edge.understanding import Understanding

_NS_PER_S: Final = 1_000_000_000
_EPOCH: Final = WallClock(monotonic_ns=0, unix_ns=0)


class Watcher(Protocol):
    """Looks over the shoulder of a replay."""

    def frame(self, tracks: Tracks, people: Sequence[PersonNow], events: Sequence[Event]) -> None:
        """Take in one frame, what is the case with everybody, and what was decided."""

    def end(self, events: Sequence[Event]) -> None:
        """Take in what was decided at the recording's end."""


def replay(
    config: Config,
    trace: Path,
    *,
    on_event: Callable[[EventMessage], None],
    watchers: Sequence[Watcher] = (),
    begins: time | None = None,
) -> Summary:
    """Replay one trace.

    Args:
        config: The whole configuration; tracking and posture are what counts.
        trace: The trace, as docs/trace.md describes; `.gz` is decompressed.
        on_event: Gets each event as soon as it is decided.
        watchers: Are shown every frame.
        begins: Local time of day at the trace's time 0, for rules that depend on it; None where nobody knows it.

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
        tracks, events = understanding.update(poses, time_of_day=_later(begins, poses.t_ns))
        tell(events)
        for watcher in watchers:
            watcher.frame(tracks, understanding.people, events)
    last = understanding.end(last_ns)
    tell(last)
    for watcher in watchers:
        watcher.end(last)
    return Summary(
        recording=str(trace),
        frames=frames,
        seconds=round(last_ns / _NS_PER_S, 3),
        frames_with_pose=with_pose,
        people=counted["person_entered"],
        events=dict(counted),
    )


def _later(begins: time | None, t_ns: int) -> time | None:
    """The time of day so much after `begins`."""
    if begins is None:
        return None
    any_day = datetime(2000, 1, 1, begins.hour, begins.minute)  # noqa: DTZ001 - a day like all others
    return (any_day + timedelta(microseconds=t_ns // 1000)).time()
