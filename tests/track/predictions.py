"""How close predictions are, at every third frame looked at: on recorded poses, and on pictures with the real model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge.capture.studio import studio_frames
from edge.capture.video import FileSource
from edge.config import load
from edge.detect.landmarker import LandmarkerOptions, OfflineLandmarker
from edge.flow import FloatArray, Frame, Image, Poses
from edge.parts import model_bundle
from edge.track.geometry import Points, points, torso_length
from edge.track.picture_motion import PictureMotion
from edge.track.tracker import Tracker

STEP: Final = 3
STUDIO: Final = {"studio walking": ("walk_across", "walk_toward"), "studio squats": ("squats",)}
SEEDS: Final = 3
MOST_FRAMES: Final = 450
RIGHT: Final = 0.1
"""Torso lengths within which a landmark counts as right."""


@dataclass
class Errors:
    """Distances of landmarks from where looking at every frame finds them, in torso lengths."""

    predicted: list[FloatArray] = field(default_factory=list)
    held: list[FloatArray] = field(default_factory=list)
    interpolated: list[FloatArray] = field(default_factory=list)
    looks: list[FloatArray] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return float(np.mean(self.predicted) / np.mean(self.held))

    @property
    def right(self) -> float:
        """Share of all landmarks, looked at and predicted, that are right."""
        return float((np.array(self.predicted + self.looks) <= RIGHT).mean())

    @property
    def predicted_right(self) -> float:
        """Share of the predicted landmarks that are right."""
        return float((np.array(self.predicted) <= RIGHT).mean())

    def __str__(self) -> str:
        held = (np.array(self.held + self.looks) <= RIGHT).mean()
        floor = np.mean(self.interpolated) / np.mean(self.held)
        return (
            f"{self.ratio:.2f} of holding's error, {100 * self.right:.1f} % right (held {100 * held:.1f} %), "
            f"of the predicted alone {100 * self.predicted_right:.1f} %; knowing the next look {floor:.2f}; "
            f"{len(self.predicted)} frames"
        )

    def add(self, truth: Sequence[Poses], looks: Sequence[Poses], images: Sequence[Image] | None) -> None:
        """Predict between the looks and compare.

        Args:
            truth: Poses of every frame.
            looks: Poses of every third frame, of the same run of the model or of one that saw no other frames.
            images: Pictures of every frame, to follow people in, or None.
        """
        tracker, picture = Tracker(), PictureMotion()
        last: Points | None = None
        for i, now in enumerate(truth):
            if i % STEP == 0:
                look = looks[i // STEP]
                people = tracker.update(look).people
                last = _points(people[0].landmarks, look) if people and not people[0].predicted else None
                if images:
                    picture.look(images[i])
                if last is not None and len(now):
                    self.looks.append(_gap(last, now))
            elif last is not None and len(now):
                if images:
                    tracker.follow(partial(picture.since_look, images[i]), now.t_ns)
                self.predicted.append(_gap(_points(tracker.at(now.t_ns).people[0].landmarks, now), now))
                self.held.append(_gap(last, now))
                after = looks[i // STEP + 1] if i // STEP + 1 < len(looks) else None
                if after is not None and len(after):
                    way = _points(after.landmarks[0], after) - last
                    self.interpolated.append(_gap(last + way * (i % STEP) / STEP, now))


def of_traces(labelled: Iterable[tuple[str, dict[str, Any], list[Poses]]]) -> dict[str, Errors]:
    """From landmarks alone, by kind of recording."""
    kinds: dict[str, Errors] = {}
    for _, label, truth in labelled:
        if (kind := _kind(label)) and len(truth):
            kinds.setdefault(f"{kind}, landmarks alone", Errors()).add(truth, truth[::STEP], None)
    return kinds


def of_pictures(labels: dict[str, dict[str, Any]], clips: Path) -> dict[str, Errors]:
    """Following people in the pictures or not; with the looks of one run, and with those of a run of its own."""
    kinds: dict[str, Errors] = {}
    for kind, frames in _filmed(labels, clips):
        truth, alone = _found(frames), _found(frames[::STEP])
        images = [frame.image for frame in frames]
        for run, looks in (("", truth[::STEP]), (", model run at every third frame", alone)):
            for how, pictures in (("landmarks alone", None), ("followed in pictures", images)):
                kinds.setdefault(f"{kind}, {how}{run}", Errors()).add(truth, looks, pictures)
    return kinds


def _filmed(labels: dict[str, dict[str, Any]], clips: Path) -> Iterator[tuple[str, list[Frame]]]:
    for name, label in labels.items():
        path = clips / f"{name}.mp4"
        if (kind := _kind(label)) and path.exists():
            with FileSource(path, paced=False) as video:
                yield f"{kind} ({name})", list(iter(partial(video.read, 10.0), None))
    for kind, scenes in STUDIO.items():
        for scene in scenes:
            for seed in range(SEEDS):
                yield kind, list(islice(studio_frames(scene, fps=30, seed=seed), MOST_FRAMES))


def _kind(label: dict[str, Any]) -> str | None:
    kind = "walking" if label["category"] == "walking" else label.get("exercise")
    fitting = label.get("persons") == 1 and label.get("static_camera") and 28 <= label["fps"] <= 31
    return kind if fitting and kind in ("walking", "squat") else None


def _found(frames: Sequence[Frame]) -> list[Poses]:
    bundle = model_bundle(load(None, environ={}, overrides={}))
    with OfflineLandmarker(bundle=bundle, mode="video", options=LandmarkerOptions(num_poses=1)) as landmarker:
        return [landmarker.detect(frame) for frame in frames]


def _points(landmarks: FloatArray, poses: Poses) -> Points:
    return points(landmarks, width=poses.width, height=poses.height)


def _gap(xy: Points, now: Poses) -> FloatArray:
    truth = _points(now.landmarks[0], now)
    way = (xy - truth) / max(float(torso_length(truth)), 0.02)
    return np.hypot(way[:, 0], way[:, 1]).astype(np.float32)
