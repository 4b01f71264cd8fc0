import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.flow import Poses
from edge.trace import TraceWriter, open_trace


def poses(t_ns: int, *, people: int = 1, fill: float = 0.25) -> Poses:
    return Poses(
        t_ns=t_ns,
        seq=0,
        width=640,
        height=480,
        landmarks=np.full((people, 33, 5), fill, dtype=np.float32),
        world=np.full((people, 33, 4), fill, dtype=np.float32),
        done_ns=t_ns,
    )


def written(*frames: Poses) -> list[dict[str, Any]]:
    text = io.StringIO()
    writer = TraceWriter(text, meta={"fps": 30})
    for frame in frames:
        writer.write(frame)
    return [json.loads(line) for line in text.getvalue().splitlines()]


def test_the_first_line_holds_the_facts_and_each_further_line_a_frame() -> None:
    meta, line = written(poses(40_000_000))
    assert meta == {"meta": {"fps": 30}}
    assert (line["t"], line["w"], line["h"]) == (40, 640, 480)
    assert np.shape(line["poses"]) == (1, 33, 5)
    assert np.shape(line["world"]) == (1, 33, 4)


def test_a_frame_with_nobody_has_an_empty_list() -> None:
    assert written(poses(0, people=0))[1]["poses"] == []


def test_time_rises_strictly_even_within_a_millisecond() -> None:
    assert [line["t"] for line in written(poses(0), poses(400), poses(900), poses(5_000_000))[1:]] == [0, 1, 2, 5]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_every_bit_of_a_landmark_survives(value: float) -> None:
    line = written(poses(0, fill=value))[1]
    assert np.float32(line["poses"][0][0][0]) == np.float32(value)


def test_gz_is_compressed(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl.gz"
    with open_trace(path) as file:
        TraceWriter(file, meta={}).write(poses(0))
    assert len(gzip.decompress(path.read_bytes()).splitlines()) == 2
