"""The studio as a frame source: a camera that sees a rendered person."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count as count_from
from typing import Final

from edge.capture.source import FrameOverdueError, FrameSource
from edge.capture.studio.scene import Scene
from edge.capture.studio.scenes import build_scene
from edge.capture.studio.schedule import Schedule
from edge.capture.studio.studio import Studio, StudioFrame
from edge.errors import SourceError

_NS: Final = 1_000_000_000
_MIN_SIDE_PX: Final = 64
_MAX_SIDE_PX: Final = 4096
_MAX_FPS: Final = 240.0


class StudioSource(FrameSource):
    """Plays a scene. Frames are `StudioFrame`s, which carry the truth.

    Paced, it behaves like a camera: frames are due on an absolute schedule of the clock, capture time is when a frame
    was due, and a reader that comes late misses frames, which shows as gaps in `seq`. Not paced, frames come as fast as
    they are read, with capture times that count from 0.

    Args:
        scene: One of `scene_names()`.
        width: Picture width in pixels, 64..4096.
        height: Picture height in pixels, 64..4096.
        fps: Frames a second, up to 240.
        seed: 0 is the nominal scene, others vary it.
        loop: Whether the scene begins anew at its end; if not, the source then ends.
        paced: Whether to keep the time of the clock.
        clock: Monotonic time in nanoseconds.
    """

    def __init__(
        self,
        *,
        scene: str = "demo",
        width: int = 640,
        height: int = 480,
        fps: float = 30.0,
        seed: int = 0,
        loop: bool = True,
        paced: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.name = f"studio:{scene}"
        self._scene_name, self._seed = scene, seed
        self._width, self._height, self._fps = width, height, fps
        self._loop, self._paced, self._clock = loop, paced, clock
        self._closed = threading.Event()
        self._last = -1
        self._stage: tuple[Scene, Studio] | None = None
        self._schedule = Schedule(start_ns=0, fps=fps)
        self._started_ns = 0
        self._wanted_fps = fps

    def open(self) -> None:
        """Build the scene. Takes a few tenths of a second.

        Raises:
            SourceError: No such scene, or a size or rate that can not be rendered.
        """
        _check_picture(self.name, self._width, self._height, self._fps)
        scene = build_scene(self._scene_name, self._seed)
        studio = Studio(scene, width=self._width, height=self._height)
        self._started_ns = self._clock() if self._paced else 0
        self._schedule = Schedule(start_ns=self._started_ns, fps=self._fps)
        self._stage = scene, studio

    def read(self, timeout_s: float) -> StudioFrame | None:
        """See `FrameSource.read`; also None once closed."""
        if self._stage is None:
            raise SourceError(f"{self.name} is read before it was opened; call open() first")
        scene, studio = self._stage
        schedule = self._schedule = self._schedule.changed(self._wanted_fps, after=self._last)
        index = self._last + 1
        if self._paced:
            index = schedule.next_index(self._last, self._clock())
            self._wait_until(schedule.due_ns(index), timeout_s)
        t_s = schedule.elapsed_s(index, self._started_ns)
        if self._closed.is_set() or (not self._loop and t_s >= scene.duration_s):
            return None
        self._last = index
        return studio.render(math.fmod(t_s, scene.duration_s), seq=index, t_ns=schedule.due_ns(index))

    def set_rate(self, fps: float) -> None:
        """See `FrameSource.set_rate`; from the frame after the next. A source that is not paced keeps its rate."""
        if self._paced:
            self._wanted_fps = min(fps, self._fps)

    def close(self) -> None:
        """End a waiting `read` and every later one."""
        self._closed.set()

    def _wait_until(self, due_ns: int, timeout_s: float) -> None:
        wait_s = (due_ns - self._clock()) / _NS
        if wait_s <= 0:
            return
        closed = self._closed.wait(min(wait_s, timeout_s))
        if wait_s > timeout_s and not closed:
            raise FrameOverdueError(f"{self.name}: no frame within {timeout_s:g} s; the next is due in {wait_s:.1f} s")


def studio_frames(
    scene: str, *, count: int | None = None, fps: float = 15.0, width: int = 640, height: int = 480, seed: int = 0
) -> Iterator[StudioFrame]:
    """The frames of a scene, as fast as they are taken, with the truth beside each.

    Args:
        scene: One of `scene_names()`.
        count: How many frames; the scene loops if it is shorter. None is the scene once.
        fps: Frames a second of the scene's time.
        width: Picture width in pixels.
        height: Picture height in pixels.
        seed: 0 is the nominal scene, others vary it.

    Raises:
        SourceError: No such scene, or a size or rate that can not be rendered.
    """
    source = StudioSource(
        scene=scene, width=width, height=height, fps=fps, seed=seed, loop=count is not None, paced=False
    )
    with source:
        for taken in count_from():
            frame = None if taken == count else source.read(timeout_s=0.0)
            if frame is None:
                return
            yield frame


def _check_picture(name: str, width: int, height: int, fps: float) -> None:
    if not (_MIN_SIDE_PX <= width <= _MAX_SIDE_PX and _MIN_SIDE_PX <= height <= _MAX_SIDE_PX):
        raise SourceError(f"{name} can not render {width}x{height}; give sides of {_MIN_SIDE_PX} to {_MAX_SIDE_PX} px")
    if not 0 < fps <= _MAX_FPS:
        raise SourceError(f"{name} can not run at {fps:g} frames a second; give more than 0, up to {_MAX_FPS:g}")
