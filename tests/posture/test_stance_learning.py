"""The posture weights: learned from nothing but random figures, and the same every time."""

import json
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from edge.posture.learn.__main__ import learn
from edge.posture.learn.figures import figures
from edge.posture.learn.regression import fit
from edge.posture.stance_classifier import WEIGHTS_FILE, Classifier, likelihoods, shipped_classifier
from edge.posture.stance_features import features_of


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((files("edge.posture") / WEIGHTS_FILE).read_text(encoding="utf-8"))
    return document


def test_the_command_learns_the_weights_that_are_shipped(shipped: dict[str, Any]) -> None:
    learned = learn()
    assert learned["measures"] == shipped["measures"]
    assert learned["postures"] == shipped["postures"]
    np.testing.assert_allclose(learned["weights"], shipped["weights"], atol=2e-3)
    np.testing.assert_allclose(learned["bias"], shipped["bias"], atol=2e-3)


def test_new_figures_are_read_right() -> None:
    classifier = shipped_classifier()
    right = []
    for figure in figures(60, seed=99):
        scores = classifier.scores(features_of(figure.body))
        right.append(max(scores, key=scores.__getitem__) == figure.posture)
    assert sum(right) / len(right) > 0.9


def test_what_a_measure_says_can_be_read_off_the_weights(shipped: dict[str, Any]) -> None:
    def weight(posture: str, measure: str) -> float:
        return float(shipped["weights"][shipped["postures"].index(posture)][shipped["measures"].index(measure)])

    assert weight("standing", "world_thigh_down_least") > weight("sitting", "world_thigh_down_least")
    assert weight("lying", "world_trunk_up") < min(weight(other, "world_trunk_up") for other in ("standing", "sitting"))


def test_weights_for_other_measures_are_refused(shipped: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="learn them anew"):
        Classifier(shipped | {"measures": shipped["measures"][::-1]})


def test_likelihoods_add_up_to_one_however_far_apart_the_scores() -> None:
    chances = likelihoods({"standing": 4000.0, "sitting": 3998.0, "lying": -1e6})
    assert sum(chances.values()) == pytest.approx(1.0)
    assert chances["standing"] > chances["sitting"] > chances["lying"]


def test_a_fit_finds_the_boundary_between_two_groups() -> None:
    random = np.random.default_rng(1)
    rows = np.concatenate([random.normal(-1, 0.4, (200, 2)), random.normal(1, 0.4, (200, 2))])
    classes = np.repeat([0, 1], 200)
    model = fit(rows, classes, np.ones(400), penalty=1e-3)
    assert (model.scores(rows).argmax(axis=1) == classes).all()
    near, far = model.scores(np.array([[0.0, 0.0], [3.0, 3.0]]))
    assert abs(near[1] - near[0]) < far[1] - far[0]
