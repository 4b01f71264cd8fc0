"""`python -m edge.posture.learn`: learns the posture weights anew, from random figures alone, in some seconds.

With `--traces` it also says how well they do on labelled recordings, all of which are new to them.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge.errors import EdgeError
from edge.posture.learn.agreement import agreement
from edge.posture.learn.figures import figures
from edge.posture.learn.regression import fit
from edge.posture.stance_classifier import WEIGHTS_FILE, Classifier
from edge.posture.stance_features import Features, features_of

_COUNT: Final = 1200
"""Figures a posture; 3,000 change no figure of agreement by more than other seeds do, 0.002."""

_SEED: Final = 1

_PENALTY: Final = 1e-3
"""Ten times as much or as little costs 0.003 to 0.006 of agreement."""

_COMMON: Final = {"standing": 1.0, "sitting": 0.8, "lying": 1.0, "crouching": 0.35, "bending": 0.35}
"""How much a figure of each posture counts: what people rarely and briefly do needs better evidence."""

_DIGITS: Final = 4


def learn(*, count: int = _COUNT, seed: int = _SEED) -> dict[str, Any]:
    """The weights as `Classifier` takes them; the same for the same arguments.

    Args:
        count: Figures of each posture.
        seed: Which figures.
    """
    postures = tuple(_COMMON)
    drawn = [(features_of(figure.body), postures.index(figure.posture)) for figure in figures(count, seed)]
    classes = np.array([posture for _, posture in drawn])
    weight = np.array(list(_COMMON.values()))[classes]
    model = fit(np.array([features for features, _ in drawn]), classes, weight, penalty=_PENALTY)
    return {
        "measures": list(Features._fields),
        "postures": list(postures),
        "weights": model.weights.round(_DIGITS).tolist(),
        "bias": model.bias.round(_DIGITS).tolist(),
    }


def main() -> int:
    """Learn, judge if asked to, and write."""
    parser = argparse.ArgumentParser(prog="python -m edge.posture.learn", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / WEIGHTS_FILE, help="where to write")
    parser.add_argument("--count", type=int, default=_COUNT, help="figures of each posture (%(default)s)")
    parser.add_argument("--seed", type=int, default=_SEED, help="which figures (%(default)s)")
    parser.add_argument("--traces", type=Path, help="folder of labelled traces to judge the weights on")
    options = parser.parse_args()
    document = learn(count=options.count, seed=options.seed)
    try:
        if options.traces:
            for line in agreement(Classifier(document), options.traces):
                sys.stdout.write(line + "\n")
        options.out.write_text(_text(document), encoding="utf-8")
    except (EdgeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _text(document: dict[str, Any]) -> str:
    """JSON with one posture's weights a line."""
    rows = ",\n  ".join(json.dumps(row) for row in document["weights"])
    head = ",\n".join(f' "{key}": {json.dumps(document[key])}' for key in ("measures", "postures", "bias"))
    return f'{{\n{head},\n "weights": [\n  {rows}\n ]\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
