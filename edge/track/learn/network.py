"""Fits the correction: two hidden layers, by Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015).

The same examples and seed give the same weights.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from edge.track.follower import Array, Layers
from edge.track.learn.examples import Examples

_BATCH: Final = 512
_RATE: Final = 2e-3
_DECAY: Final = 1e-3
"""Of weights, a step, as a share of the rate."""
_MOMENTS: Final = (0.9, 0.999)
_TINY: Final = 1e-8

_NEAR: Final = 0.01
_FAR: Final = 0.15
"""In torso lengths: errors count by their length from the one on, and less and less beyond the other, where the
landmarker has made a mistake as often as the correction."""


def fit(
    examples: Examples,
    *,
    hidden: int,
    noise: float,
    epochs: int,
    seed: int,
    on_epoch: Callable[[int, float], None],
) -> Layers:
    """The layers that come closest to the examples.

    Args:
        examples: What is learnt from.
        hidden: Width of the hidden layer.
        noise: Added to the inputs, in their standard deviations: keeps what is learnt from following what only
            rendered people do.
        epochs: How often each example is seen.
        seed: Of the first weights, the order and the noise.
        on_epoch: Told after each epoch its number and the mean error, in torso lengths.
    """
    rng = np.random.default_rng(seed)
    mean, spread = examples.inputs.mean(axis=0), examples.inputs.std(axis=0) + 1e-3
    width, out = examples.inputs.shape[1], examples.missing.shape[1]
    weights = [
        rng.normal(0.0, width**-0.5, (width, hidden)).astype(np.float32),
        np.zeros(hidden, np.float32),
        rng.normal(0.0, hidden**-0.5, (hidden, hidden)).astype(np.float32),
        np.zeros(hidden, np.float32),
        rng.normal(0.0, 0.05 * hidden**-0.5, (hidden, out)).astype(np.float32),
        np.zeros(out, np.float32),
    ]
    adam = _Adam(weights, steps=epochs * (len(examples.inputs) // _BATCH))
    for epoch in range(epochs):
        order, errors = rng.permutation(len(examples.inputs)), []
        for at in range(0, len(order) - _BATCH + 1, _BATCH):
            chosen = order[at : at + _BATCH]
            inputs = (examples.inputs[chosen] - mean) / spread
            inputs += noise * rng.standard_normal(inputs.shape, dtype=np.float32)
            once = np.maximum(inputs @ weights[0] + weights[1], 0.0)
            twice = np.maximum(once @ weights[2] + weights[3], 0.0)
            wrong = twice @ weights[4] + weights[5] - examples.missing[chosen]
            error, slope = _error(wrong, examples.weight[chosen])
            errors.append(error)
            slopes = [twice.T @ slope, slope.sum(axis=0)]
            for active, before, through in ((twice, once, weights[4]), (once, inputs, weights[2])):
                slope = (slope @ through.T) * (active > 0.0)
                slopes = [before.T @ slope, slope.sum(axis=0), *slopes]
            adam.step(slopes)
        on_epoch(epoch + 1, float(np.mean(errors)))
    return Layers(
        first=weights[0] / spread[:, None],
        first_bias=weights[1] - (mean / spread) @ weights[0],
        second=weights[2],
        second_bias=weights[3],
        last=weights[4],
        last_bias=weights[5],
    )


def _error(wrong: Array, weight: Array) -> tuple[float, Array]:
    """Mean distance of landmarks from where they should be, and the slope of what is minimised."""
    ways = wrong.reshape(len(wrong), -1, 2)
    far = np.sqrt((ways * ways).sum(axis=2, keepdims=True) + _NEAR**2)
    slope = ways * weight[:, None, None] / (far * np.sqrt(1.0 + (far / _FAR) ** 2))
    return float(far.mean()), slope.reshape(wrong.shape) / (len(wrong) * ways.shape[1])


class _Adam:
    """Changes weights in place, with a rate that falls to nothing over all steps as half a cosine does."""

    def __init__(self, weights: list[Array], *, steps: int) -> None:
        self._weights, self._steps, self._done = weights, steps, 0
        self._mean = [np.zeros_like(one) for one in weights]
        self._square = [np.zeros_like(one) for one in weights]

    def step(self, slopes: list[Array]) -> None:
        self._done += 1
        rate = _RATE * 0.5 * (1.0 + math.cos(math.pi * self._done / self._steps))
        known, known_squares = (1.0 - kept**self._done for kept in _MOMENTS)
        for at, slope in enumerate(slopes):
            self._mean[at] += (1.0 - _MOMENTS[0]) * (slope - self._mean[at])
            self._square[at] += (1.0 - _MOMENTS[1]) * (slope * slope - self._square[at])
            way = self._mean[at] / known / (np.sqrt(self._square[at] / known_squares) + _TINY)
            decay = _DECAY * self._weights[at] if slope.ndim > 1 else 0.0
            self._weights[at] -= rate * (way + decay)
