"""How well a classifier does, instant by instant, on labelled traces it has never seen."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from edge.errors import SourceError
from edge.posture.body import NS_PER_S, body_of
from edge.posture.stance_classifier import Classifier
from edge.posture.stance_features import Features, features_of
from edge.trace import read_trace
from edge.track.tracker import Tracker

_POSTURES: Final[Mapping[str, str]] = {
    "standing": "standing",
    "walking": "standing",
    "turning": "standing",
    "sitting": "sitting",
    "sitting_bed": "sitting",
    "sitting_floor": "sitting",
    "lying_floor": "lying",
    "lying_bed": "lying",
    "crouching": "crouching",
    "kneeling": "crouching",
    "bending": "bending",
}
"""What the labels call it, and what it is here."""

_MARGIN_S: Final = 0.5
"""Around each change, where nobody can say which of two postures it is."""


def agreement(classifier: Classifier, traces: Path) -> Iterator[str]:
    """Lines that say, for each source of traces and each posture, on how many instants the classifier is right.

    Args:
        classifier: What is judged: the instant alone, without what came before.
        traces: A folder with `labels.json` and a `NAME.jsonl.gz` for each name in it; the part of a name before the
            first `_` is its source.

    Raises:
        SourceError: There are no labels, or a trace cannot be read.
    """
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for name, label in _labels(traces).items():
        source = name.partition("_")[0]
        for posture, features in _labelled(traces / f"{name}.jsonl.gz", label):
            scores = classifier.scores(features)
            for row in (source, "all"):
                total[row, posture] += 1
                right[row, posture] += max(scores, key=scores.__getitem__) == posture
    for (row, posture), count in sorted(total.items()):
        yield f"{row:8} {posture:10} {right[row, posture] / count:6.3f} of {count}"


def _labels(traces: Path) -> dict[str, dict[str, Any]]:
    path = traces / "labels.json"
    try:
        labels: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {error}; it has to map names of traces to their labels") from None
    return labels


def _labelled(path: Path, label: Mapping[str, Any]) -> Iterator[tuple[str, Features]]:
    """Posture and measures of the one person of a trace, wherever the posture is certain."""
    spans = [
        (_POSTURES[word], start + _MARGIN_S, end - _MARGIN_S)
        for start, end, word in label["segments"]
        if word in _POSTURES
    ]
    if not spans or (label.get("persons") or 1) > 1 or label.get("static_camera") is not True:
        return
    tracker = Tracker()
    for poses in read_trace(path):
        tracks = tracker.update(poses)
        for track in tracks.people[:1]:
            for posture, start, end in spans:
                if not track.predicted and start <= tracks.t_ns / NS_PER_S <= end:
                    yield posture, features_of(body_of(track, tracks))
