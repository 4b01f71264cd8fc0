import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from edge.errors import SourceError
from edge.publish.wire import decode
from edge.simulate.reel import Reel


def trace(path: Path, people: list[int]) -> Path:
    """A trace with so many people in each frame, ten frames a second."""
    body = np.full((33, 5), 0.5).tolist()
    world = np.zeros((33, 4)).tolist()
    with gzip.open(path, "wt") as file:
        for i, count in enumerate(people):
            line = {"t": 5000 + 100 * i, "w": 640, "h": 480, "poses": [body] * count, "world": [world] * count}
            file.write(json.dumps(line) + "\n")
    return path


def test_the_walk_crosses_the_picture_on_two_feet() -> None:
    reel = Reel.walk()
    noses = []
    for t_s in np.arange(0.0, 3.0, 0.1):
        (person,) = decode(reel.message(float(t_s), seq=0, time_ms=0)).people
        nose, ankles = person.landmarks[0], person.landmarks[27:29]
        assert (ankles[:, 1] > nose[1] + 0.2).all()
        noses.append(nose[0])
    assert noses[0] < 0.35
    assert noses[-1] > 0.65
    assert np.abs(np.diff(noses)).max() < 0.05


def test_every_message_carries_its_own_number_and_time() -> None:
    message = decode(Reel.walk().message(1.0, seq=4_294_967_295, time_ms=1_767_225_600_123))
    assert (message.seq, message.time_ms, message.width) == (4_294_967_295, 1_767_225_600_123, 640)


def test_a_trace_is_played_at_its_own_times_and_over_again(tmp_path: Path) -> None:
    reel = Reel.of_trace(trace(tmp_path / "a.jsonl.gz", [0, 1, 2]))
    assert round(reel.duration_s, 6) == 0.3
    played = [len(decode(reel.message(t_s, seq=0, time_ms=0)).people) for t_s in (0.01, 0.11, 0.21, 0.31, 0.41)]
    assert played == [0, 1, 2, 0, 1]


def test_a_trace_of_one_frame_stands_still(tmp_path: Path) -> None:
    reel = Reel.of_trace(trace(tmp_path / "a.jsonl.gz", [1]))
    assert len(decode(reel.message(77.0, seq=0, time_ms=0)).people) == 1


def test_more_people_than_a_message_carries_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="256 people in one frame"):
        Reel.of_trace(trace(tmp_path / "a.jsonl.gz", [256]))
