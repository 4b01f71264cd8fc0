import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge.capture.studio import studio_frames
from edge.detect.bundles import bundle_path
from edge.detect.engine import PythonEngine
from edge.detect.landmarker import LandmarkerOptions, LiveLandmarker, OfflineLandmarker
from edge.detect.native import NativeEngine
from edge.detect.runtime import load
from edge.errors import ConfigError, DetectorStalledError, ModelError
from edge.flow import FloatArray, Frame

MS = 1_000_000


@pytest.fixture(scope="module")
def walk() -> Sequence[Frame]:
    return list(studio_frames("walk_across", count=30))


@pytest.fixture
def live(bundle: Path) -> Iterator[LiveLandmarker]:
    with LiveLandmarker(bundle=bundle) as landmarker:
        yield landmarker


def empty_frame(t_ms: int) -> Frame:
    return Frame(image=np.zeros((120, 160, 3), dtype=np.uint8), t_ns=t_ms * MS, seq=t_ms)


def called_directly(bundle: Path, frames: Sequence[Frame]) -> list[FloatArray]:
    """MediaPipe's own VIDEO mode, as its guide shows it."""
    mp = load()
    options = mp.options(base_options=mp.base_options(model_asset_path=str(bundle)), running_mode=mp.running_mode.VIDEO)
    found = []
    with mp.landmarker.create_from_options(options) as landmarker:
        for frame in frames:
            result = landmarker.detect_for_video(mp.image(image_format=mp.srgb, data=frame.image), frame.t_ns // MS)
            points = [[(p.x, p.y, p.z, p.visibility, p.presence) for p in pose] for pose in result.pose_landmarks]
            found.append(np.array(points, dtype=np.float32).reshape(-1, 33, 5))
    return found


def test_offline_landmarks_are_those_of_mediapipe_called_directly(bundle: Path, walk: Sequence[Frame]) -> None:
    with OfflineLandmarker(bundle=bundle) as landmarker:
        ours = [landmarker.detect(frame).landmarks for frame in walk]
    theirs = called_directly(bundle, walk)
    assert sum(map(len, theirs)) >= len(walk) - 2
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_the_same_recording_gives_the_same_landmarks_twice(bundle: Path, walk: Sequence[Frame]) -> None:
    def once() -> list[FloatArray]:
        with OfflineLandmarker(bundle=bundle) as landmarker:
            return [landmarker.detect(frame).world for frame in walk]

    assert all(np.array_equal(a, b) for a, b in zip(once(), once(), strict=True))


def test_image_mode_looks_at_every_frame_alone(bundle: Path, walk: Sequence[Frame]) -> None:
    with OfflineLandmarker(bundle=bundle, mode="image") as landmarker:
        forward = landmarker.detect(walk[20]).landmarks
        backward = [landmarker.detect(frame).landmarks for frame in reversed(walk[20:])][-1]
    assert np.array_equal(forward, backward)


def test_a_live_result_belongs_to_the_frame_that_was_given(live: LiveLandmarker, walk: Sequence[Frame]) -> None:
    poses = live.detect(walk[20])
    assert (poses.t_ns, poses.seq, poses.width, poses.height) == (walk[20].t_ns, walk[20].seq, 640, 480)
    assert poses.landmarks.shape == (1, 33, 5)
    assert poses.world.shape == (1, 33, 4)
    assert poses.landmarks.dtype == poses.world.dtype == np.float32


def test_nobody_in_an_empty_picture(live: LiveLandmarker) -> None:
    poses = live.detect(empty_frame(0))
    assert len(poses) == 0
    assert poses.landmarks.shape == (0, 33, 5)


def test_every_frame_gets_its_own_answer_though_times_repeat_and_go_back(live: LiveLandmarker) -> None:
    answers = [live.detect(empty_frame(t_ms)).seq for t_ms in (5, 5, 5, 4, 6, 900)]
    assert answers == [5, 5, 5, 4, 6, 900]


def test_the_answer_comes_after_the_frame_on_the_same_clock(bundle: Path) -> None:
    ticks = iter([6 * MS, 7 * MS])
    with LiveLandmarker(bundle=bundle, clock=lambda: next(ticks)) as landmarker:
        assert landmarker.detect(empty_frame(5)).done_ns == 7 * MS


def test_a_submitted_frame_is_answered_once_and_announced(bundle: Path, walk: Sequence[Frame]) -> None:
    announced = threading.Event()
    with LiveLandmarker(bundle=bundle, on_result=announced.set) as landmarker:
        landmarker.detect(walk[19])
        announced.clear()
        landmarker.submit(walk[20])
        busy = [landmarker.busy]
        assert announced.wait(5)
        answers = [landmarker.take(), landmarker.take()]
        busy.append(landmarker.busy)
    assert [answer and answer.seq for answer in answers] == [walk[20].seq, None]
    assert busy == [True, False]


def test_an_answer_that_is_late_when_asked_for_is_given_up(bundle: Path, walk: Sequence[Frame]) -> None:
    now_ns = 0
    with LiveLandmarker(bundle=bundle, result_timeout_s=2.0, clock=lambda: now_ns) as landmarker:
        landmarker.detect(walk[19])
        landmarker._engine.submit = lambda *_: None  # type: ignore[method-assign]  # noqa: SLF001 - no frame hangs it
        landmarker.submit(walk[20])
        assert landmarker.take() is None
        now_ns += 2_000_000_001
        with pytest.raises(DetectorStalledError):
            landmarker.take()


def test_calling_the_library_directly_gives_what_its_python_layer_gives(bundle: Path, walk: Sequence[Frame]) -> None:
    runtime = load()
    if not runtime.has_c_library:
        return  # 0.10 has its Python layer only
    for options in (LandmarkerOptions(), LandmarkerOptions(num_poses=2)):
        native = NativeEngine(runtime, bundle, options, "video")
        python = PythonEngine(runtime, bundle, options, "video")
        for index, frame in enumerate(walk):
            ours, theirs = native.follow(frame.image, index * 66), python.follow(frame.image, index * 66)
            assert np.array_equal(ours.landmarks, theirs.landmarks)
            assert np.array_equal(ours.world, theirs.world)
        native.close()
        python.close()


def test_rows_with_gaps_between_them_are_read_right(bundle: Path, walk: Sequence[Frame]) -> None:
    wide = np.zeros((480, 700, 3), dtype=np.uint8)
    wide[:, :640] = walk[20].image
    gappy = replace(walk[20], image=wide[:, :640])
    with OfflineLandmarker(bundle=bundle, mode="image") as landmarker:
        assert np.array_equal(landmarker.detect(gappy).landmarks, landmarker.detect(walk[20]).landmarks)


@pytest.mark.parametrize(("width", "height"), [(641, 479), (63, 97), (1, 1)])
def test_odd_sizes_are_accepted(bundle: Path, width: int, height: int) -> None:
    frame = Frame(image=np.zeros((height, width, 3), dtype=np.uint8), t_ns=0, seq=0)
    with OfflineLandmarker(bundle=bundle) as landmarker:
        assert len(landmarker.detect(frame)) == 0


def test_two_people_are_found_when_two_are_asked_for(bundle: Path) -> None:
    frames = list(studio_frames("two_people", count=15))
    with OfflineLandmarker(bundle=bundle, options=LandmarkerOptions(num_poses=2)) as landmarker:
        counts = [len(landmarker.detect(frame)) for frame in frames]
    assert max(counts) == 2


def test_masks_come_with_the_stock_bundle_and_cover_the_person(walk: Sequence[Frame]) -> None:
    stock = bundle_path("lite", masks=True)
    options = LandmarkerOptions(output_segmentation_masks=True)
    with OfflineLandmarker(bundle=stock, options=options) as landmarker:
        poses = landmarker.detect(walk[20])
    assert poses.masks is not None
    assert poses.masks.shape == (1, 480, 640)
    hip = poses.landmarks[0, 24]
    assert poses.masks[0, int(hip[1] * 480), int(hip[0] * 640)] > 0.5


def test_a_landmarker_that_does_not_answer_in_time_is_given_up(bundle: Path, walk: Sequence[Frame]) -> None:
    late = threading.Event()

    def clock() -> int:
        if threading.current_thread() is not threading.main_thread():
            late.wait(10)
        return time.monotonic_ns()

    landmarker = LiveLandmarker(bundle=bundle, result_timeout_s=0.01, clock=clock)
    with pytest.raises(DetectorStalledError, match=r"detect\.result_timeout_s"):
        landmarker.detect(walk[0])
    late.set()
    landmarker.close()


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06 not a bundle", b"\0" * 4096])
def test_a_damaged_bundle_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    damaged = tmp_path / "damaged.task"
    damaged.write_bytes(content)
    with pytest.raises(ModelError, match=r"damaged\.task.*pose-edge models fetch"):
        LiveLandmarker(bundle=damaged)


def test_asking_for_a_gpu_where_there_is_none_says_what_to_set(bundle: Path) -> None:
    with pytest.raises(ConfigError, match=r'detect\.delegate .* "CPU"'):
        LiveLandmarker(bundle=bundle, options=LandmarkerOptions(delegate="GPU"))


def test_nothing_is_written_to_standard_error(
    bundle: Path, walk: Sequence[Frame], capfd: pytest.CaptureFixture[str]
) -> None:
    with OfflineLandmarker(bundle=bundle) as landmarker:
        seen = [len(landmarker.detect(frame)) for frame in walk]
    assert any(a < b for a, b in pairwise([0, *seen]))
    assert capfd.readouterr().err == ""
