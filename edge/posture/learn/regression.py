"""Multinomial logistic regression: the simplest model that gives probabilities, and its weights can be read."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MOST_STEPS: Final = 50
_SETTLED: Final = 1e-7
"""Largest change of a weight from which on the fit has arrived; Newton's method takes about ten steps."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Scores of a row `x` are `weights @ x + bias`.

    Attributes:
        weights: `(classes, measures)`.
        bias: `(classes,)`.
    """

    weights: Array
    bias: Array

    def scores(self, rows: Array) -> Array:
        """Log-odds of each class up to a number common to all, `(rows, classes)`."""
        return np.asarray(rows @ self.weights.T + self.bias)


def fit(rows: Array, classes: NDArray[np.int_], weight: Array, *, penalty: float) -> Model:
    """The model that makes the given classes likeliest, by Newton's method; the same rows give the same model.

    Args:
        rows: `(n, measures)`.
        classes: `(n,)`, each row's class, from 0.
        weight: `(n,)`, how much each row counts.
        penalty: Of squared weights, in units of the measures' standard deviations: keeps what says little small.
    """
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), np.finfo(np.float64).eps)
    inputs = np.column_stack([(rows - mean) / spread, np.ones(len(rows))])
    weight = weight / weight.sum()
    truth = np.eye(int(classes.max()) + 1)[classes]
    count, width = truth.shape[1], inputs.shape[1]
    # The biases are held very loosely, so that the solution is one and not a family.
    ridge = np.append(np.full(width - 1, penalty), penalty * 1e-3)
    found = np.zeros((count, width))
    for _ in range(_MOST_STEPS):
        chances = _softmax(inputs @ found.T)
        slope = ((chances - truth) * weight[:, None]).T @ inputs + ridge * found
        step = np.linalg.solve(_curvature(inputs, chances, weight, ridge), slope.ravel()).reshape(found.shape)
        found -= step
        if np.abs(step).max() < _SETTLED:
            break
    weights = found[:, :-1] / spread
    return Model(weights=weights, bias=found[:, -1] - weights @ mean)


def _curvature(inputs: Array, chances: Array, weight: Array, ridge: Array) -> Array:
    count, width = chances.shape[1], inputs.shape[1]
    blocks = np.empty((count, width, count, width))
    for one in range(count):
        for other in range(count):
            share = weight * chances[:, one] * ((one == other) - chances[:, other])
            blocks[one, :, other] = inputs.T @ (inputs * share[:, None])
        blocks[one, :, one] += np.diag(ridge)
    return blocks.reshape(count * width, count * width)


def _softmax(scores: Array) -> Array:
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
