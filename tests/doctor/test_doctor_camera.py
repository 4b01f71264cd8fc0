"""Cameras that are there, and those that are not what they should be."""

from collections.abc import Sequence
from itertools import cycle

import cv2
import numpy as np
import pytest

from edge.capture.source import FrameOverdueError, FrameSource
from edge.capture.studio import studio_frames
from edge.doctor.camera import check_camera
from edge.doctor.finding import Finding, Level
from edge.errors import SourceLostError
from edge.flow import Frame, Image


class Pictures(FrameSource):
    """A camera that shows pictures in turn; its own clock goes on with each frame."""

    name = "picamera"

    def __init__(self, pictures: Sequence[Image], *, fps: float = 30.0) -> None:
        self._pictures = cycle(pictures) if pictures else None
        self._step_s = 1.0 / fps
        self.now_s = 0.0
        self._seq = 0

    def open(self) -> None:
        """Nothing to acquire."""

    def read(self, timeout_s: float) -> Frame | None:
        if self._pictures is None:
            self.now_s += timeout_s
            raise FrameOverdueError("picamera: no frame came")
        self.now_s += self._step_s
        self._seq += 1
        return Frame(next(self._pictures), round(self.now_s * 1e9), self._seq)

    def close(self) -> None:
        """Nothing to release."""


class Unplugged(Pictures):
    def open(self) -> None:
        raise SourceLostError("picamera: no camera is connected")


@pytest.fixture(scope="module")
def room() -> list[Image]:
    return [frame.image for frame in studio_frames("walk_across", count=6)]


def examined(camera: Pictures, fps: float = 30.0) -> list[Finding]:
    return list(check_camera(camera, fps=fps, clock=lambda: camera.now_s))


def picture(pictures: Sequence[Image]) -> Finding:
    return examined(Pictures(pictures))[-1]


def test_a_healthy_camera_says_what_it_delivers(room: list[Image]) -> None:
    camera, view = examined(Pictures(room))
    assert (camera.level, view.level) == (Level.OK, Level.OK)
    assert camera.text == "picamera delivers 30.0 frames a second of 640x480"


def test_an_unplugged_camera_fails_with_the_command_that_lists_cameras() -> None:
    (found,) = examined(Unplugged([]))
    assert found.level is Level.FAIL
    assert "rpicam-hello --list-cameras" in found.remedy


def test_a_camera_that_opens_and_is_silent_fails() -> None:
    (found,) = examined(Pictures([]))
    assert found.level is Level.FAIL
    assert "delivers nothing" in found.text


def test_a_slow_camera_is_a_warning(room: list[Image]) -> None:
    found = examined(Pictures(room, fps=12))[0]
    assert found.level is Level.WARN
    assert "12.0 frames a second of 640x480 instead of 30" in found.text


def test_a_frozen_camera_fails(room: list[Image]) -> None:
    found = picture(room[:1])
    assert found.level is Level.FAIL
    assert "frozen" in found.text


def test_a_cap_on_the_lens_fails() -> None:
    noise = [np.random.default_rng(seed).integers(0, 3, (480, 640, 3), dtype=np.uint8) for seed in range(3)]
    found = picture(noise)
    assert found.level is Level.FAIL
    assert "cap" in found.remedy


def test_a_dark_room_is_a_warning(room: list[Image]) -> None:
    found = picture([image // 8 for image in room])
    assert (found.level, found.text[:4]) == (Level.WARN, "dark")


def test_a_window_that_blinds_the_camera_is_a_warning(room: list[Image]) -> None:
    found = picture([np.minimum(image.astype(np.int32) * 4, 255).astype(np.uint8) for image in room])
    assert "burnt out" in found.text


def test_a_lens_out_of_focus_is_a_warning(room: list[Image]) -> None:
    found = picture([np.asarray(cv2.GaussianBlur(image, (0, 0), 9), np.uint8) for image in room])
    assert "blurred" in found.text
