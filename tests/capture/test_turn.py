from itertools import product

import numpy as np
import pytest

from edge.capture.turn import Turn
from edge.errors import ConfigError

PICTURE = np.random.default_rng(0).integers(0, 255, (7, 5, 3), np.uint8)


@pytest.mark.parametrize(("rotation", "hflip", "vflip"), list(product((0, 90, 180, 270), (False, True), (False, True))))
def test_rotation_comes_first_then_mirroring(rotation: int, hflip: bool, vflip: bool) -> None:
    expected = np.rot90(PICTURE, -rotation // 90)
    expected = expected[:, ::-1] if hflip else expected
    expected = expected[::-1] if vflip else expected
    turned = Turn(rotation=rotation, hflip=hflip, vflip=vflip).apply(PICTURE)
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous


def test_no_turn_is_false_and_gives_the_very_same_picture() -> None:
    assert not Turn()
    assert Turn().apply(PICTURE) is PICTURE


@pytest.mark.parametrize("rotation", [45, -90, 360])
def test_an_odd_angle_is_refused(rotation: int) -> None:
    with pytest.raises(ConfigError, match="0, 90, 180 or 270"):
        Turn(rotation=rotation)
