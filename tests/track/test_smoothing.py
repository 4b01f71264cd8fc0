import numpy as np

from edge.track.smoothing import OneEuro

MS = 1_000_000


def test_jitter_at_rest_is_cut_to_less_than_half() -> None:
    random = np.random.default_rng(3)
    raw = random.normal(scale=0.02, size=(300, 33, 2))
    smooth = OneEuro(raw[0], t_ns=0)
    filtered = np.array([smooth(points, scale=1.0, t_ns=(i + 1) * 33 * MS) for i, points in enumerate(raw[1:])])
    assert filtered[30:].std() < 0.5 * raw.std()


def test_a_walk_is_followed_within_a_tenth_of_the_torso() -> None:
    smooth = OneEuro(np.zeros((33, 2)), t_ns=0)
    for i in range(1, 60):
        where = np.full((33, 2), 2.0 * i / 30)  # 2.8 torso lengths a second
        late = np.abs(where - smooth(where, scale=1.0, t_ns=i * 33 * MS)).max()
    assert late < 0.1
