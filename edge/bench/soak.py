"""A long run of the daemon alone on a looped clip: what grows, and how fast."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any, Final

from edge.bench.broker import BrokerProcess
from edge.bench.looks import Look
from edge.bench.plan import Plan
from edge.bench.quota import cpu_limit
from edge.bench.reel import Film
from edge.bench.rival import Rival
from edge.bench.run import frames_of
from edge.bench.scenes import lead_frames
from edge.bench.statistics import median, slope_per_hour

SAMPLE_S: Final = 10.0
SETTLE_S: Final = 90.0
"""Not counted: the daemon gives back what starting needed, allocators find their size, and after a minute MediaPipe
tries to send its first usage figures, for which 1.6 MB of libcurl's code come into memory, once."""
_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """The daemon at one instant.

    Attributes:
        t_s: Seconds since counting began.
        rss_mb: Resident memory without the shared frames, MiB.
        threads: Threads alive.
        descriptors: Open file descriptors.
        model_runs: Model runs since the daemon's start.
        cpu_s: CPU seconds since the daemon's start.
    """

    t_s: float
    rss_mb: float
    threads: int
    descriptors: int
    model_runs: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class SoakResults:
    """What a long run has found.

    Attributes:
        clip: What was played.
        samples: All instants, in order.
    """

    clip: str
    samples: Sequence[Sample]

    @property
    def rss_slope_mb_per_h(self) -> float | None:
        """How fast memory rises: the line of least squares through all samples."""
        return slope_per_hour([one.t_s for one in self.samples], [one.rss_mb for one in self.samples])

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "clip": self.clip,
            "rss_slope_mb_per_h": self.rss_slope_mb_per_h,
            "samples": [asdict(one) for one in self.samples],
        }

    def text(self) -> str:
        """For people."""
        first, last = self.samples[0], self.samples[-1]
        minutes = (last.t_s - first.t_s) / 60
        rss = [one.rss_mb for one in self.samples]
        slope = self.rss_slope_mb_per_h
        cpu = 100 * (last.cpu_s - first.cpu_s) / max(last.t_s - first.t_s, 1e-9)
        runs = (last.model_runs - first.model_runs) / max(last.t_s - first.t_s, 1e-9)
        return "\n".join(
            (
                f"soak of {minutes:.0f} min on {self.clip}, {len(self.samples)} samples",
                f"  memory       {rss[0]:.1f} MB at first, {rss[-1]:.1f} at last, median {median(rss):.1f}",
                f"  slope        {'–' if slope is None else f'{slope:+.2f}'} MB/h",
                f"  threads      {_range([one.threads for one in self.samples])}",
                f"  descriptors  {_range([one.descriptors for one in self.samples])}",
                f"  CPU          {cpu:.1f} % of one core, {runs:.1f} model runs a second",
            )
        )


def _range(values: Sequence[int]) -> str:
    return f"{values[0]} at first, {values[-1]} at last, {min(values)} to {max(values)}"


def soak(
    plan: Plan,
    *,
    minutes: float,
    on_progress: Callable[[str, float, float], None],
    sample_s: float = SAMPLE_S,
    settle_s: float = SETTLE_S,
) -> SoakResults:
    """Let the daemon of a plan watch the plan's first clip for so long.

    Args:
        plan: Its only contender is a daemon.
        minutes: How long is counted.
        on_progress: Hears what is going on, and seconds done and in all.
        sample_s: Seconds between two looks.
        settle_s: Seconds that are not counted at the beginning.

    Raises:
        BenchError: The daemon or the broker failed.
    """
    (contender,) = plan.contenders
    total_s = settle_s + minutes * 60
    clip = plan.source or plan.clips[0]
    samples: list[Sample] = []
    with ExitStack() as stack:
        broker = stack.enter_context(BrokerProcess())
        limit = stack.enter_context(cpu_limit(plan.cpu_quota)) if plan.cpu_quota else None
        on_progress(f"preparing {clip}", 0.0, total_s)
        film = stack.enter_context(Film(frames_of(plan, plan.clips[0]), lead=lead_frames(plan.clips[0])))
        rival = stack.enter_context(
            Rival(contender.name, plan.child(contender, port=broker.port, protocol=broker.protocol))
        )
        if limit:
            limit.add(rival.pid)
        rival.play(film.rgb)
        start_s = time.monotonic()
        for number in range(round(minutes * 60 / sample_s) + 1):
            on_progress(f"soaking on {clip}", time.monotonic() - start_s, total_s)
            due_s = start_s + settle_s + number * sample_s
            time.sleep(max(0.0, due_s - time.monotonic()))
            samples.append(_sample(rival.look(), start_s + settle_s))
    return SoakResults(clip, samples)


def _sample(look: Look, start_s: float) -> Sample:
    return Sample(
        t_s=look.t_ns / _NS_PER_S - start_s,
        rss_mb=look.rss_mb,
        threads=look.threads,
        descriptors=look.descriptors,
        model_runs=look.model_runs,
        cpu_s=look.cpu_ns / _NS_PER_S,
    )
