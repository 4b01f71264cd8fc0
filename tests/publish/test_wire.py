"""The binary landmark message: its size, its precision, and what it does with odd input."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.flow import FloatArray, Track, Tracks
from edge.publish.wire import LandmarkMessage, WireError, WirePerson, decode, encode, landmarks_json

POSES = 10_000


def somebody(
    number: int = 1, *, predicted: bool = False, confidence: float = 0.8, landmarks: FloatArray | None = None
) -> WirePerson:
    rng = np.random.default_rng(number)
    pose = rng.random((33, 4), dtype=np.float32) if landmarks is None else landmarks
    return WirePerson(number, predicted, confidence, pose)


def a_message(*people: WirePerson, seq: int = 5, time_ms: int = 1_767_225_600_123, width: int = 640) -> LandmarkMessage:
    return LandmarkMessage(seq, time_ms, width, 480, people)


def test_sizes_stay_within_the_contract() -> None:
    sizes = [len(encode(a_message(*(somebody(i) for i in range(n))))) for n in range(5)]
    assert sizes[0] <= 20
    assert sizes[1] <= 176
    assert all(more - less <= 156 for less, more in pairwise(sizes))


def test_header_and_person_facts_survive() -> None:
    sent = a_message(somebody(70_000, predicted=True, confidence=0.4), somebody(2), seq=9)
    got = decode(encode(sent))
    assert (got.seq, got.time_ms, got.width, got.height) == (9, 1_767_225_600_123, 640, 480)
    assert [(p.id, p.predicted) for p in got.people] == [(70_000, True), (2, False)]
    assert got.people[0].confidence == pytest.approx(0.4, abs=1 / 510)


def test_coordinates_of_random_poses_err_by_at_most_a_4096th_of_the_frame() -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform(-0.5, 1.5 - 1 / 2048, (POSES, 33, 1))
    y = rng.uniform(-1.0, 3.0 - 1 / 2048, (POSES, 33, 1))
    z = rng.uniform(-2.0, 2.0 - 1 / 32, (POSES, 33, 1))
    poses = np.concatenate([x, y, z, rng.random((POSES, 33, 1))], axis=-1).astype(np.float32)
    error = np.zeros(4)
    for batch in poses.reshape(-1, 4, 33, 4):
        got = decode(encode(a_message(*(somebody(landmarks=pose) for pose in batch))))
        decoded = np.stack([person.landmarks for person in got.people]).astype(np.float64)
        error = np.maximum(error, np.abs(decoded - batch).max(axis=(0, 1)))
    assert error[0] <= 1 / 4096
    assert error[1] <= 1 / 4096
    assert error[2] <= 1 / 64
    assert error[3] <= 1 / 30 + 1e-6


def test_corners_and_middle_of_the_frame_are_exact() -> None:
    exact = np.zeros((33, 4), np.float32)
    exact[:5, :2] = np.array([[0, 0], [1, 1], [0, 1], [1, 0], [0.5, 0.5]])
    exact[:, 3] = 1
    assert np.array_equal(decode(encode(a_message(somebody(landmarks=exact)))).people[0].landmarks, exact)


def test_values_beyond_the_range_are_clamped() -> None:
    far = np.full((33, 4), 100, np.float32)
    near = -far
    high, low = decode(encode(a_message(somebody(landmarks=far), somebody(landmarks=near)))).people
    assert high.landmarks[0].tolist() == [1.5 - 1 / 2048, 3 - 1 / 2048, 2 - 1 / 32, 1]
    assert low.landmarks[0].tolist() == [-0.5, -1, -2, 0]


@pytest.mark.parametrize("column", range(4))
@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_landmark_that_is_not_finite_gets_visibility_zero_and_leaves_the_others_alone(
    column: int, odd: float
) -> None:
    landmarks = np.full((33, 4), 0.5, np.float32)
    landmarks[7, column] = odd
    got = decode(encode(a_message(somebody(landmarks=landmarks)))).people[0].landmarks
    assert got[7].tolist() == [0, 0, 0, 0]
    assert (np.delete(got, 7, axis=0)[:, 3] > 0.4).all()


@pytest.mark.parametrize(("confidence", "expected"), [(math.nan, 0), (math.inf, 1), (-3, 0), (2, 1)])
def test_an_impossible_confidence_is_clamped(confidence: float, expected: float) -> None:
    assert decode(encode(a_message(somebody(confidence=confidence)))).people[0].confidence == expected


def test_a_clock_before_1970_reads_as_1970() -> None:
    assert decode(encode(a_message(time_ms=-5))).time_ms == 0


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (a_message(*[somebody()] * 256), "256 people"),
        (a_message(width=65_536), "65536 by 480"),
        (a_message(somebody(landmarks=np.zeros((17, 4), np.float32))), r"\(17, 4\)"),
    ],
)
def test_what_cannot_be_a_message_is_refused_with_the_reason(message: LandmarkMessage, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        encode(message)


finite_or_not = st.floats(width=32)


@given(
    rows=st.lists(st.tuples(*[finite_or_not] * 4), min_size=33, max_size=33),
    number=st.integers(0, 2**40),
    confidence=st.floats(),
    predicted=st.booleans(),
)
def test_any_pose_at_all_encodes_and_decodes(
    rows: list[tuple[float, ...]], number: int, confidence: float, *, predicted: bool
) -> None:
    person = WirePerson(number, predicted, confidence, np.array(rows, np.float32))
    got = decode(encode(a_message(person))).people[0]
    assert np.isfinite(got.landmarks).all()
    assert got.predicted is predicted


@given(st.binary(max_size=400))
def test_garbage_is_refused_and_raises_nothing_else(data: bytes) -> None:
    try:
        message = decode(data)
    except WireError as error:
        assert str(error)  # noqa: PT017 (garbage may also happen to be a message)
    else:
        assert len(data) == 16 + 155 * len(message.people)


@given(body=st.binary(min_size=155 * 3, max_size=155 * 3), count=st.integers(0, 3), header=st.binary(min_size=14))
def test_any_bytes_of_the_right_length_are_a_message(body: bytes, count: int, header: bytes) -> None:
    message = decode(bytes([1, count]) + header[:14] + body[: 155 * count])
    assert len(message.people) == count
    assert all(np.isfinite(person.landmarks).all() for person in message.people)


def test_json_holds_the_same_content() -> None:
    sent = a_message(somebody(3, predicted=True), somebody(4))
    document = json.loads(landmarks_json(sent))
    assert document | {"people": []} == {
        "v": 1,
        "seq": 5,
        "time_ms": 1_767_225_600_123,
        "width": 640,
        "height": 480,
        "people": [],
    }
    first = document["people"][0]
    assert (first["id"], first["predicted"], first["confidence"]) == (3, True, 0.8)
    np.testing.assert_allclose(first["landmarks"], sent.people[0].landmarks, atol=1e-4)


def test_json_never_holds_what_json_does_not_know() -> None:
    odd = np.full((33, 4), np.nan, np.float32)
    text = landmarks_json(a_message(somebody(landmarks=odd, confidence=math.nan)))
    assert json.loads(text, parse_constant=pytest.fail)["people"][0]["landmarks"][32] == [0, 0, 0, 0]


def test_nobody_in_view_is_a_message_too() -> None:
    assert json.loads(landmarks_json(a_message()))["people"] == []
    assert decode(encode(a_message())).people == ()


def test_a_message_takes_visibility_not_presence_from_the_tracks() -> None:
    landmarks = np.tile(np.array([0.25, 0.75, 0.0, 1.0, 0.2], np.float32), (33, 1))
    track = Track(6, landmarks, np.zeros((33, 4), np.float32), seen_ns=1, predicted=True, confidence=0.5)
    tracks = Tracks(t_ns=1, seq=99, width=320, height=240, people=(track,))
    message = LandmarkMessage.from_tracks(tracks, seq=1, time_ms=2)
    assert message.people[0].landmarks[0].tolist() == [0.25, 0.75, 0.0, 1.0]
    assert (message.seq, message.time_ms, message.width, message.height) == (1, 2, 320, 240)
