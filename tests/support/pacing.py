"""A box that watches the studio in simulated time: camera, gate, governor, and a model as slow as it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from edge.capture.studio import Label, Studio, StudioFrame, build_scene
from edge.pace.governor import Governor, Look, Mode
from edge.pace.motion import Box, MotionGate

NS_PER_S: Final = 1_000_000_000
CAMERA_FPS: Final = 30.0

FOUND_SHARE: Final = 0.7
"""The real model finds the studio's people once so much of the body is in the picture: docs/studio.md."""

STILL_LABELS: Final = (Label.STANDING, Label.SITTING, Label.LYING, Label.ABSENT)

Finder = Callable[[StudioFrame], tuple[Box, ...]]
"""What looks at a frame: gives a box around each person."""


def true_people(frame: StudioFrame) -> tuple[Box, ...]:
    """Who is there in truth, as far as the model would see it."""
    boxes = []
    for truth in frame.truth:
        if truth.in_picture >= FOUND_SHARE:
            (left, top), (right, bottom) = truth.landmarks_px.min(axis=0), truth.landmarks_px.max(axis=0)
            boxes.append(
                (
                    float(left) / frame.width - 0.02,
                    float(top) / frame.height - 0.05,
                    float(right) / frame.width + 0.02,
                    float(bottom) / frame.height + 0.02,
                )
            )
    return tuple(boxes)


def make_governor(
    *,
    source_fps: float = CAMERA_FPS,
    max_inference_fps: float = 30.0,
    min_inference_fps: float = 5.0,
    heartbeat_s: float = 3.0,
    max_cpu_percent: float = 100.0,
    max_temperature_c: float = 75.0,
    follow_fps: float = 0.0,
) -> Governor:
    """A governor as a box has it by default."""
    return Governor(
        source_fps=source_fps,
        max_inference_fps=max_inference_fps,
        min_inference_fps=min_inference_fps,
        heartbeat_s=heartbeat_s,
        max_cpu_percent=max_cpu_percent,
        max_temperature_c=max_temperature_c,
        follow_fps=follow_fps,
    )


@dataclass
class Step:
    """One frame that was taken in, as it went."""

    t_s: float
    mode: Mode
    run: bool
    found: int
    in_picture: float


@dataclass
class Diary:
    """All frames that the box took in."""

    steps: list[Step] = field(default_factory=list)

    @property
    def active_share(self) -> float:
        """Share of the time in active."""
        ends = [*(step.t_s for step in self.steps[1:]), self.steps[-1].t_s]
        active = sum(end - step.t_s for step, end in zip(self.steps, ends, strict=True) if step.mode is Mode.ACTIVE)
        return active / (self.steps[-1].t_s - self.steps[0].t_s)

    @property
    def runs(self) -> int:
        """Model runs."""
        return sum(step.run for step in self.steps)


def watch(
    scene: str,
    *,
    seed: int = 0,
    seconds: float | None = None,
    width: int = 320,
    height: int = 240,
    run_s: float = 0.012,
    finder: Finder = true_people,
    governor: Governor | None = None,
    change_after_frames: int = 2,
) -> Diary:
    """Let a box watch a scene.

    Args:
        scene: Name of the scene.
        seed: Its seed.
        seconds: How much of it; all by default.
        width: Picture width.
        height: Picture height.
        run_s: How long a model run takes.
        finder: Stands for the model.
        governor: The default one by default.
        change_after_frames: How many more frames come at the old rate when another is asked of the camera.
    """
    stage = build_scene(scene, seed)
    studio = Studio(stage, width=width, height=height)
    governor, gate, diary = governor or make_governor(), MotionGate(), Diary()
    asked = [1 / CAMERA_FPS] * (change_after_frames + 1)
    t_s = free_s = 0.0
    while t_s < (seconds or stage.duration_s):
        t_ns = round(t_s * NS_PER_S)
        frame = studio.render(t_s, seq=round(t_s * CAMERA_FPS), t_ns=t_ns)
        decision = governor.frame(t_ns, gate.update(frame.image, t_ns))
        found: tuple[Box, ...] = ()
        began_s = max(free_s, t_s)
        free_s = began_s
        if decision.run:
            found = finder(frame)
            moving = any(truth.visible and truth.label not in STILL_LABELS for truth in frame.truth)
            free_s = began_s + run_s
            speed = 1.0 if found and moving else 0.0
            governor.looked(Look(t_ns=t_ns, duration_s=run_s, people=len(found), speed=speed))
            gate.looked(found, speed)
        in_picture = max((truth.in_picture for truth in frame.truth), default=0.0)
        diary.steps.append(Step(t_s, governor.mode, decision.run, len(found), in_picture))
        asked = [*asked[1:], 1 / decision.capture_fps]
        # The newest frame once the worker is free, or the next one.
        t_s += asked[0] * max(1, int((free_s - t_s) / asked[0]))
    return diary
