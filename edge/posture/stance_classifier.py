"""How likely each posture is in one instant: a linear model over measures of the body.

The weights are learned from labelled recordings by `python -m edge.posture.learn`; `stance_weights.json` holds them,
one row a posture and one column a measure, so that each measure's say can be read off.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from edge.posture.stance_features import Features

WEIGHTS_FILE: Final = "stance_weights.json"


class Classifier:
    """Gives every posture a probability.

    Args:
        document: `measures` (names, in the order of `Features`), `postures` (names), `weights` (a row of numbers for
            each posture) and `bias` (a number for each posture).

    Raises:
        ValueError: The weights are for other measures than `Features`.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        if tuple(document["measures"]) != Features._fields:
            raise ValueError("the weights are for other measures; learn them anew: python -m edge.posture.learn TRACES")
        self.postures: tuple[str, ...] = tuple(document["postures"])
        self._weights = np.array(document["weights"], dtype=np.float64)
        self._bias = np.array(document["bias"], dtype=np.float64)

    def scores(self, features: Features) -> dict[str, float]:
        """Log-odds of each posture, up to a number common to all."""
        scores: list[float] = (self._weights @ np.array(features) + self._bias).tolist()
        return dict(zip(self.postures, scores, strict=True))


def likelihoods(scores: Mapping[str, float]) -> dict[str, float]:
    """Log-odds to probabilities that add up to 1."""
    highest = max(scores.values())
    odds = {posture: math.exp(score - highest) for posture, score in scores.items()}
    total = sum(odds.values())
    return {posture: one / total for posture, one in odds.items()}


@cache
def shipped_classifier() -> Classifier:
    """The classifier with the weights that come with the package."""
    text = (files("edge.posture") / WEIGHTS_FILE).read_text(encoding="utf-8")
    return Classifier(json.loads(text))
