"""Learning how bodies move between two looks."""

from pathlib import Path

import numpy as np
import pytest

from edge.track.follower import Layers
from edge.track.learn.__main__ import write
from edge.track.learn.examples import Examples, of_scene
from edge.track.learn.network import fit


def made(count: int = 4096) -> Examples:
    """What is missing depends on the inputs as a small network could have it."""
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(count, 229)).astype(np.float32)
    missing = 0.1 * np.maximum(inputs[:, :66], 0.0) - 0.05 * inputs[:, 66:132]
    return Examples(inputs, missing, np.ones(count, dtype=np.float32))


def learnt(examples: Examples, *, seed: int = 0) -> tuple[Layers, list[float]]:
    errors: list[float] = []
    layers = fit(examples, hidden=96, noise=0.0, epochs=40, seed=seed, on_epoch=lambda _, error: errors.append(error))
    return layers, errors


def test_what_is_missing_is_learnt() -> None:
    layers, errors = learnt(made())
    assert errors[-1] < 0.6 * errors[0]
    wrong = layers(made().inputs).reshape(-1, 66) - made().missing
    assert np.abs(wrong).mean() < 0.6 * np.abs(made().missing).mean()


def test_the_same_examples_give_the_same_weights() -> None:
    (one, _), (other, _) = learnt(made()), learnt(made())
    assert np.array_equal(one.first, other.first)
    assert np.array_equal(one.last, other.last)


def test_what_was_written_is_what_is_read(tmp_path: Path) -> None:
    layers, _ = learnt(made(1024))
    write(tmp_path / "weights.npz", layers)
    with np.load(tmp_path / "weights.npz") as stored:
        for name in Layers.__slots__:
            assert stored[name] == pytest.approx(getattr(layers, name), rel=2e-3, abs=1e-4)


def test_a_scene_gives_examples_of_what_the_shipped_weights_know(bundle: Path) -> None:
    examples = of_scene("squats", 100, bundle)
    assert len(examples.inputs) > 1000
    assert np.isfinite(examples.inputs).all()
    without = np.abs(examples.missing).mean()
    assert np.abs(Layers.shipped()(examples.inputs).reshape(-1, 66) - examples.missing).mean() < 0.95 * without


def test_what_is_shipped_takes_what_is_measured() -> None:
    shipped = Layers.shipped()
    assert shipped.first.shape[0] == made().inputs.shape[1]
    assert shipped.last_bias.shape == (66,)
    assert all(np.isfinite(getattr(shipped, name)).all() for name in Layers.__slots__)
