"""Worse copies of traces: what is lost is what was asked for, and the labels stay true."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from posture.evidence.degrade import (
    NS_PER_S,
    SPARED_END_S,
    Degradation,
    degrade_folder,
    degraded,
)

from edge.flow import Poses
from edge.trace import read_trace
from edge.track.geometry import points, torso_scale

TRACES = Path(__file__).parents[2] / "data" / "traces"


@pytest.fixture(scope="module")
def frames() -> list[Poses]:
    """A recorded person, 15 s and more at 15 to 30 frames a second: the trace three times in a row."""
    once = list(read_trace(TRACES / "gmd_s3_adl_07.jsonl.gz"))
    length_ns = once[-1].t_ns + 33_000_000
    return [
        Poses(
            t_ns=one.t_ns + round_ * length_ns,
            seq=one.seq,
            width=one.width,
            height=one.height,
            landmarks=one.landmarks,
            world=one.world,
            done_ns=one.t_ns,
        )
        for round_ in range(6)
        for one in once
    ]


def test_fewer_frames_keep_their_own_times(frames: list[Poses]) -> None:
    kept = degraded(frames, Degradation(fps=10), "a")
    own = {one.t_ns for one in frames}
    assert all(one.t_ns in own for one in kept)
    steps = np.diff([one.t_ns for one in kept]) / NS_PER_S
    assert steps.mean() == pytest.approx(0.1, rel=0.03)
    assert kept[-1].t_ns == frames[-1].t_ns


def test_more_frames_than_there_are_are_those_that_there_are(frames: list[Poses]) -> None:
    assert [one.t_ns for one in degraded(frames, Degradation(fps=60), "a")] == [one.t_ns for one in frames]


def test_noise_is_of_the_size_that_was_asked_for(frames: list[Poses]) -> None:
    noisy = degraded(frames, Degradation(noise=0.02), "a")
    errors = []
    for clean, worse in zip(frames, noisy, strict=True):
        if len(clean):
            before, after = (points(one.landmarks[0], width=one.width, height=one.height) for one in (clean, worse))
            errors.append((after - before) / torso_scale(before))
    assert np.std(errors) == pytest.approx(0.02, rel=0.05)


def test_a_tenth_of_the_frames_is_missing(frames: list[Poses]) -> None:
    kept = degraded(frames, Degradation(drop=0.1), "a")
    assert len(kept) == pytest.approx(0.9 * len(frames), rel=0.05)


def test_gaps_are_frames_without_people_and_spare_the_end(frames: list[Poses]) -> None:
    always = [one for one in frames if len(one)]
    end_ns = always[-1].t_ns - SPARED_END_S * NS_PER_S
    for seed in "abcdef":
        worse = degraded(always, Degradation(gap_s=0.5), seed, spare_end=True)
        assert [one.t_ns for one in worse] == [one.t_ns for one in always]
        assert all(len(one) for one in worse if one.t_ns >= end_ns)
    emptied = sum(not len(one) for seed in "abcdef" for one in degraded(always, Degradation(gap_s=0.5), seed))
    assert 0.02 < emptied / 6 / len(always) < 0.1


def test_a_mirror_exchanges_left_and_right(frames: list[Poses]) -> None:
    mirrored = degraded(frames, Degradation(mirror=True), "a")
    np.testing.assert_allclose(mirrored[0].landmarks[0, 11, 0], 1 - frames[0].landmarks[0, 12, 0], atol=1e-6)
    twice = degraded(mirrored, Degradation(mirror=True), "a")
    np.testing.assert_allclose(twice[0].landmarks, frames[0].landmarks, atol=1e-6)
    np.testing.assert_allclose(twice[0].world, frames[0].world, atol=1e-6)


def test_labels_and_names_are_those_of_the_whole_set(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    name = "gmd_s3_adl_07"
    (source / f"{name}.jsonl.gz").write_bytes((TRACES / f"{name}.jsonl.gz").read_bytes())
    labels = {name: {"fall": False, "segments": [[0.0, 3.0, "walking"]]}}
    (source / "labels.json").write_text(json.dumps(labels))
    how = Degradation(fps=10, noise=0.02, drop=0.1, gap_s=0.5)
    assert degrade_folder(source, out, how, seed=3) == 1
    assert json.loads((out / "labels.json").read_text()) == labels
    with gzip.open(out / f"{name}.jsonl.gz", "rt") as lines:
        assert all("poses" in json.loads(line) for line in lines)
    first = [one.landmarks.tobytes() for one in read_trace(out / f"{name}.jsonl.gz")]
    degrade_folder(source, out, how, seed=3)
    assert [one.landmarks.tobytes() for one in read_trace(out / f"{name}.jsonl.gz")] == first
