"""A replay as a picture: posture, height and angle of each person over time, and what was said."""

import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from edge.errors import OutputError
from edge.files import written_whole
from edge.flow import Event, Tracks
from edge.posture.body import NS_PER_S
from edge.posture.explain import Moment, moments
from edge.posture.person import PersonNow
from edge.posture.stance import Posture

_COLOURS: Final = ("#2a7fba", "#c49a3c", "#2f9e6e", "#b0508a", "#7f7f7f")
_SILENT: Final = frozenset({"person_entered", "person_left", "posture_changed"})
"""Events that the curves show by themselves."""

_LEVELS: Final = (
    Posture.UNKNOWN,
    Posture.LYING,
    Posture.CROUCHING,
    Posture.SITTING,
    Posture.BENDING,
    Posture.STANDING,
)
"""From low to high."""

_MOST_POINTS: Final = 4000
"""Per person and curve: more than a picture has columns."""


class Plot:
    """Watches a replay, and draws it at the end."""

    def __init__(self) -> None:
        self._moments: dict[int, list[Moment]] = {}
        self._events: list[Event] = []

    def frame(self, tracks: Tracks, people: Sequence[PersonNow], events: Sequence[Event]) -> None:
        """Take in one frame."""
        for moment in moments(tracks, people):
            self._moments.setdefault(moment.now.id, []).append(moment)
        self._events.extend(events)

    def end(self, events: Sequence[Event]) -> None:
        """Take in what was decided at the end."""
        self._events.extend(events)

    def draw(self, target: Path, *, title: str) -> None:
        """Draw it into a PNG.

        Raises:
            OutputError: It cannot be written.
        """
        figures: Any = importlib.import_module("matplotlib.figure")
        figure = figures.Figure(figsize=(14, 8), layout="constrained")
        posture, height, angle = figure.subplots(3, 1, sharex=True)
        for number, (track, every) in enumerate(self._moments.items()):
            shown = every[:: len(every) // _MOST_POINTS + 1]
            look = {"color": _COLOURS[number % len(_COLOURS)], "label": f"#{track}"}
            times = [moment.t_ns / NS_PER_S for moment in shown]
            levels = [_LEVELS.index(moment.now.posture) for moment in shown]
            posture.step(times, levels, where="post", **look)
            measured = [(t, moment.features) for t, moment in zip(times, shown, strict=True) if moment.features]
            height.plot([t for t, _ in measured], [features.head_up for _, features in measured], **look)
            height.plot([t for t, _ in measured], [features.hip_up for _, features in measured], ls=":", **look)
            angle.plot([t for t, _ in measured], [features.tilt for _, features in measured], **look)
            angle.plot([t for t, _ in measured], [features.tilt_world for _, features in measured], ls=":", **look)
        posture.set_yticks(range(len(_LEVELS)), [level.value for level in _LEVELS])
        posture.set_title("posture, and events", loc="left")
        height.set_title("height above the ankles, m: head —, hips ···", loc="left")
        angle.set_title("trunk from upright, degrees: in the picture —, in the model's metres ···", loc="left")
        angle.set_xlabel("s")
        for axes in (posture, height, angle):
            axes.grid(alpha=0.3)
        self._mark(posture, (posture, height, angle))
        figure.suptitle(title, fontsize="small")
        try:
            with written_whole(target) as path:
                figure.savefig(path, dpi=100, format="png", metadata={"Software": None})
        except OSError as error:
            raise OutputError(f"--plot {target}: cannot be written: {error.strerror}") from error

    def _mark(self, named: Any, every: Iterable[Any]) -> None:  # noqa: ANN401 - matplotlib's axes
        for event in self._events:
            if event.type in _SILENT:
                continue
            t = event.t_ns / NS_PER_S
            for axes in every:
                axes.axvline(t, color="#b03030" if "fall" in event.type else "#909090", lw=0.8)
            named.annotate(event.type, (t, len(_LEVELS) - 0.4), rotation=60, fontsize=7, annotation_clip=False)
        named.set_ylim(-0.5, len(_LEVELS) - 0.5)
