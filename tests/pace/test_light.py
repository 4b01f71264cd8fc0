import numpy as np
import pytest

from edge.flow import FloatArray
from edge.pace.light import relight


@pytest.fixture
def room() -> FloatArray:
    return np.random.default_rng(1).uniform(30, 180, 1200).astype(np.float32)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.4, 0.0), (1.3, 0.0), (1.0, 25.0), (0.6, -10.0)])
def test_one_gain_and_offset_are_found(room: FloatArray, gain: float, offset: float) -> None:
    lit, spread = relight(room, room * np.float32(gain) + np.float32(offset))
    assert np.allclose(lit, room * gain + offset, atol=0.5)
    assert spread < 0.5


@pytest.mark.parametrize("gain", [0.4, 1.0, 1.3])
def test_somebody_before_a_quarter_of_the_picture_does_not_change_what_is_found(room: FloatArray, gain: float) -> None:
    now = room * np.float32(gain)
    now[:300] = 20
    lit, _ = relight(room, now)
    assert np.allclose(lit, room * gain, atol=1.5)


def test_what_is_left_over_is_the_noise(room: FloatArray) -> None:
    noise = np.random.default_rng(2).normal(0, 2, room.size).astype(np.float32)
    _, spread = relight(room, room + noise)
    assert spread == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_one_grey_level_is_only_shifted(level: int) -> None:
    flat = np.full(1200, level, np.float32)
    lit, spread = relight(flat, flat * 0 + 100)
    assert np.allclose(lit, 100)
    assert spread == 0
