"""Runs the daemon's stages over a recording: every frame, deterministic, as fast as the model goes."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from edge.capture.source import FrameSource
from edge.config import Config
from edge.detect.landmarker import OfflineLandmarker, OfflineMode
from edge.detect.preflight import installed_version
from edge.detect.second_look import SecondLook
from edge.files import written_whole
from edge.flow import Event, Frame, Poses
from edge.lookout import Lookout
from edge.overlay import OverlayWriter
from edge.parts import landmarker_options, make_source, model_bundle
from edge.publish.messages import EventMessage, EventNumbering, WallClock
from edge.publish.ulid import UlidFactory
from edge.summary import Summary
from edge.trace import TraceWriter, open_trace
from edge.understanding import Understanding

_READ_S: Final = 30.0
"""A file that gives no frame for so long lies on a disk that has gone."""

_FALLBACK_FPS: Final = 30.0
"""Of an overlay whose recording does not say its rate."""

_NS_PER_S: Final = 1_000_000_000
_EPOCH: Final = WallClock(monotonic_ns=0, unix_ns=0)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write beside the events; None for not wanted."""

    trace: Path | None = None
    overlay: Path | None = None


def analyze(
    config: Config, *, mode: OfflineMode, outputs: Outputs, on_event: Callable[[EventMessage], None]
) -> Summary:
    """Analyse the configured source, a recording.

    Args:
        config: The whole configuration; its source is read as fast as it goes.
        mode: `video` or `image`; see `OfflineLandmarker`.
        outputs: Files to write. Each appears whole or not at all.
        on_event: Gets each event as soon as it is decided.

    Raises:
        SourceError: The recording cannot be read.
        ModelError: The model bundle is missing or damaged.
        OutputError: An output cannot be written.
    """
    bundle = model_bundle(config)
    with ExitStack() as stack:
        source = stack.enter_context(make_source(config, paced=False))
        landmarker = stack.enter_context(
            OfflineLandmarker(bundle=bundle, mode=mode, options=landmarker_options(config))
        )
        second_look = SecondLook(bundle=bundle, options=landmarker_options(config))
        stack.callback(second_look.close)
        work = _Work(config, second_look, on_event)
        meta = _meta(config, source, mode=mode, bundle=bundle.name)
        sinks = _Sinks(stack, outputs, frame_rate=source.frame_rate_hint, meta=meta)
        progress = stack.enter_context(_progress())
        task = progress.add_task(source.name, total=source.frame_count_hint)
        while (frame := source.read(_READ_S)) is not None:
            poses = landmarker.detect(frame)
            sinks.write(frame, poses)
            work.take(frame, poses)
            progress.advance(task)
        work.end()
    return work.summary(source.name.removeprefix("file:"))


class _Work:
    """The stages after detection, and the count of what they said."""

    def __init__(self, config: Config, second_look: SecondLook, on_event: Callable[[EventMessage], None]) -> None:
        self._second_look = second_look
        self._understanding = Understanding(config)
        self._lookout = Lookout(live=False)
        # A recording has no date and no chance: the same events get the same ids every time.
        self._numbering = EventNumbering(config.device.id, UlidFactory(Random(0).getrandbits))  # noqa: S311
        self._on_event = on_event
        self._frames = self._with_pose = self._last_ns = 0
        self._events: Counter[str] = Counter()

    def take(self, frame: Frame, poses: Poses) -> None:
        self._frames += 1
        self._last_ns = frame.t_ns
        self._tell(self._lookout.look(frame))
        found = poses.joined(self._second_look.look(frame, self._understanding.missing, known=poses))
        self._with_pose += len(found) > 0
        _, events = self._understanding.update(found)
        self._tell(events)

    def end(self) -> None:
        self._tell(self._understanding.end(self._last_ns))

    def summary(self, video: str) -> Summary:
        return Summary(
            recording=video,
            frames=self._frames,
            seconds=round(self._last_ns / _NS_PER_S, 3),
            frames_with_pose=self._with_pose,
            people=self._events["person_entered"],
            events=dict(self._events),
        )

    def _tell(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self._events[event.type] += 1
            self._on_event(self._numbering.message(event, _EPOCH))


class _Sinks:
    """The files that were asked for."""

    def __init__(
        self, stack: ExitStack, outputs: Outputs, *, frame_rate: float | None, meta: Mapping[str, Any]
    ) -> None:
        self._trace = self._overlay = None
        if outputs.trace:
            path = stack.enter_context(written_whole(outputs.trace))
            self._trace = TraceWriter(stack.enter_context(open_trace(path)), meta=meta)
        if outputs.overlay:
            path = stack.enter_context(written_whole(outputs.overlay))
            self._overlay = stack.enter_context(OverlayWriter(path, fps=frame_rate or _FALLBACK_FPS))

    def write(self, frame: Frame, poses: Poses) -> None:
        if self._trace:
            self._trace.write(poses)
        if self._overlay:
            self._overlay.write(frame, poses)


def _meta(config: Config, source: FrameSource, *, mode: OfflineMode, bundle: str) -> dict[str, Any]:
    """Facts for a trace's first line."""
    return {
        "source": source.name,
        "fps": source.frame_rate_hint,
        "model": bundle,
        "mode": mode,
        "mediapipe": installed_version(),
        "options": asdict(landmarker_options(config)),
    }


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
