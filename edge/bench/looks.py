"""A look at a running contender, and what lies between two looks. Plain values, as they go through a pipe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.bench.statistics import median

_NS_PER_S: Final = 1_000_000_000
_NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """How a contender stands at one instant; counters run from its start.

    Attributes:
        t_ns: The instant, on the machine's monotonic clock.
        cpu_ns: CPU time of the process with all its threads, also those that have ended.
        model_runs: Model runs that gave a result.
        frames_read: Frames it took from the camera.
        frames_missed: Frames that were replaced by newer ones before it took them.
        unanswered: Frames that the model took and dropped.
        rss_mb: Resident memory without the shared frames, MiB.
        threads: Threads alive.
        descriptors: Open file descriptors.
        ages_ms: Ages of the results since the look before.
    """

    t_ns: int
    cpu_ns: int
    model_runs: int
    frames_read: int
    frames_missed: int
    unanswered: int
    rss_mb: float
    threads: int
    descriptors: int
    ages_ms: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """One landmark message as a subscriber got it.

    Attributes:
        at_ns: When it arrived, on the machine's monotonic clock.
        age_ms: How old it was then: wall time less the capture time it states.
        seq: Its number.
        predicted: Whether everyone in it was predicted rather than seen; False of nobody.
    """

    at_ns: int
    age_ms: float
    seq: int
    predicted: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """What a contender did in one turn.

    Attributes:
        t_s: When it ended, on the machine's monotonic clock.
        seconds: How long it was.
        cpu_ms_per_s: CPU milliseconds a second: 10 are one per cent of one core.
        cpu_ms_per_run: CPU milliseconds for each model run; None without any.
        inferred_hz: Model runs a second.
        published_hz: Landmark messages a second; None of a contender that publishes none.
        predicted: Share of the landmark messages whose people are all predicted; None likewise.
        frames: Frames that the camera showed.
        lost: Frames nobody read or the model dropped, and messages that never arrived.
        ages_ms: Ages of landmarks: at arrival where they are published, else when the result was there.
        rss_mb: Resident memory at the end, MiB.
        threads: Threads at the end.
    """

    t_s: float
    seconds: float
    cpu_ms_per_s: float
    cpu_ms_per_run: float | None
    inferred_hz: float
    published_hz: float | None
    predicted: float | None
    frames: int
    lost: int
    ages_ms: Sequence[float]
    rss_mb: float
    threads: int

    @property
    def age_ms(self) -> float | None:
        """The median age."""
        return median(self.ages_ms)


def between(first: Look, last: Look, heard: Sequence[Heard] | None = None) -> Slice:
    """What a contender did between two looks.

    Args:
        first: The look at the beginning.
        last: The look at the end.
        heard: What a subscriber got in the meantime, in order; None of a contender that publishes nothing.
    """
    seconds = (last.t_ns - first.t_ns) / _NS_PER_S
    cpu_ms = (last.cpu_ns - first.cpu_ns) / _NS_PER_MS
    runs = last.model_runs - first.model_runs
    missed = last.frames_missed - first.frames_missed
    # Of two frames in flight at either look a result is still to come: a turn may seem to gain what another lost.
    unanswered = max(0, last.unanswered - first.unanswered)
    messages = [one for one in heard or () if first.t_ns <= one.at_ns < last.t_ns]
    return Slice(
        t_s=last.t_ns / _NS_PER_S,
        seconds=seconds,
        cpu_ms_per_s=cpu_ms / seconds,
        cpu_ms_per_run=cpu_ms / runs if runs else None,
        inferred_hz=runs / seconds,
        published_hz=None if heard is None else len(messages) / seconds,
        predicted=sum(one.predicted for one in messages) / len(messages) if messages else None,
        frames=last.frames_read - first.frames_read + missed,
        lost=missed + unanswered + _gaps(messages),
        ages_ms=last.ages_ms if heard is None else [one.age_ms for one in messages],
        rss_mb=last.rss_mb,
        threads=last.threads,
    )


def _gaps(messages: Sequence[Heard]) -> int:
    return messages[-1].seq - messages[0].seq + 1 - len(messages) if messages else 0
