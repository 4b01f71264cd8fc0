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

    def probabilities(self, features: Features) -> list[float]:
        """In the order of `postures`; they add up to 1."""
        scores: list[float] = (self._weights @ np.array(features) + self._bias).tolist()
        highest = max(scores)
        odds = [math.exp(score - highest) for score in scores]
        total = sum(odds)
        return [one / total for one in odds]


@cache
def shipped_classifier() -> Classifier:
    """The classifier with the weights that come with the package."""
    text = (files("edge.posture") / WEIGHTS_FILE).read_text(encoding="utf-8")
    return Classifier(json.loads(text))
