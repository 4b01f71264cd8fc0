from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pytest

from edge.capture.mask import MaskedSource, Polygon, PrivacyMask
from edge.capture.source import FrameSource
from edge.errors import ConfigError
from edge.flow import Frame, Image

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT_EDGE = ((0.9, 0.0), (1.0, 0.0), (1.0, 1.0), (0.9, 1.0))


def white(*, width: int = 640, height: int = 480) -> Image:
    return np.full((height, width, 3), 255, np.uint8)


def hidden(polygons: Sequence[Polygon], *, width: int = 640, height: int = 480) -> np.ndarray:
    masked = PrivacyMask(polygons).apply(white(width=width, height=height))
    assert set(np.unique(masked)) <= {0, 255}
    return np.asarray((masked == 0).all(axis=2))


class OneFrame(FrameSource):
    """The smallest source: one given frame."""

    name = "one"

    def __init__(self, frame: Frame) -> None:
        self.left = [frame]
        self.opened = self.closed = False

    def open(self) -> None:
        self.opened = True

    def read(self, timeout_s: float) -> Frame | None:  # noqa: ARG002
        return self.left.pop() if self.left else None

    def close(self) -> None:
        self.closed = True


def test_what_a_polygon_covers_is_black_and_the_rest_untouched() -> None:
    covered = hidden([LEFT_HALF])
    assert covered[:, :320].all()
    assert not covered[:, 322:].any()


def test_a_mask_over_everything_leaves_no_pixel() -> None:
    assert hidden([((0, 0), (1, 0), (1, 1), (0, 1))], width=641, height=481).all()


def test_no_pixel_that_a_slanted_edge_touches_stays_visible() -> None:
    width, height = 97, 61
    covered = hidden([((0.11, 0.07), (0.83, 0.19), (0.37, 0.93))], width=width, height=height)
    fine = 16  # every pixel looked at in 16 by 16 points
    finely_covered = hidden([((0.11, 0.07), (0.83, 0.19), (0.37, 0.93))], width=width * fine, height=height * fine)
    inner = finely_covered.reshape(height, fine, width, fine).sum(axis=(1, 3)) > 3 * fine
    assert (covered | ~inner).all()


def test_overlapping_polygons_add_up() -> None:
    assert hidden([LEFT_HALF, ((0.25, 0), (0.75, 0), (0.75, 1), (0.25, 1))])[:, :480].all()


def test_what_a_self_crossing_polygon_encloses_is_hidden_too() -> None:
    star = [(0.5 + 0.4 * np.sin(k * 4 * np.pi / 5), 0.5 - 0.4 * np.cos(k * 4 * np.pi / 5)) for k in range(5)]
    assert hidden([star])[240, 320]


def test_corners_outside_the_frame_are_moved_to_its_edge() -> None:
    assert (hidden([((-5, -5), (0.5, -5), (0.5, 9), (-5, 9))]) == hidden([LEFT_HALF])).all()


def test_a_writeable_picture_is_masked_in_place() -> None:
    image = white()
    assert PrivacyMask([LEFT_HALF]).apply(image) is image


def test_a_picture_that_may_not_be_written_is_masked_on_a_copy() -> None:
    image = white()
    image.flags.writeable = False
    masked = PrivacyMask([LEFT_HALF]).apply(image)
    assert not masked[:, :320].any()
    assert image.all()


def test_a_change_of_frame_size_is_followed() -> None:
    mask = PrivacyMask([LEFT_HALF])
    assert not mask.apply(white())[:, :320].any()
    small = mask.apply(white(width=64, height=48))
    assert not small[:, :32].any()
    assert small[:, 34:].all()


@pytest.mark.parametrize(
    "polygon", [(), ((0, 0), (1, 1)), ((0, 0), (1, float("nan")), (1, 1)), ((0, 0), (float("inf"), 0), (1, 1))]
)
def test_a_polygon_that_is_none_is_refused_by_its_number(polygon: Polygon) -> None:
    with pytest.raises(ConfigError, match="privacy mask 2"):
        PrivacyMask([LEFT_HALF, polygon])


def test_masking_takes_less_than_three_tenths_of_a_millisecond() -> None:
    mask = PrivacyMask([LEFT_HALF, RIGHT_EDGE])
    image = white()
    mask.apply(image)
    times = []
    for _ in range(50):
        start = perf_counter()
        mask.apply(image)
        times.append(perf_counter() - start)
    assert min(times) < 0.0003


def test_a_masked_source_delivers_masked_frames_and_keeps_their_class_time_and_number() -> None:
    @dataclass(frozen=True, slots=True, eq=False)
    class LabelledFrame(Frame):
        label: str

    image = white()
    image.flags.writeable = False
    inner = OneFrame(LabelledFrame(image=image, t_ns=7, seq=3, label="truth"))
    with MaskedSource(inner, PrivacyMask([LEFT_HALF])) as source:
        frame = source.read(1)
        assert source.read(1) is None
    assert isinstance(frame, LabelledFrame)
    assert (frame.t_ns, frame.seq, frame.label) == (7, 3, "truth")
    assert not frame.image[:, :320].any()
    assert inner.opened
    assert inner.closed


def test_without_polygons_the_very_same_frame_passes() -> None:
    frame = Frame(white(), 0, 0)
    with MaskedSource(OneFrame(frame), PrivacyMask([])) as source:
        assert source.read(1) is frame
