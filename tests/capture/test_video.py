import logging
import os
import subprocess
import sys
import threading
import time
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.users import unprivileged

from edge.capture.source import FrameOverdueError
from edge.capture.video import FileSource
from edge.errors import SourceError, SourceLostError
from edge.flow import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capture.conftest import Movies

MS = 1_000_000


def frames(source: FileSource) -> "Iterator[Frame]":
    while (frame := source.read(5)) is not None:
        yield frame


def all_frames(path: Path) -> list[Frame]:
    with FileSource(path, paced=False) as source:
        return list(frames(source))


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as refused:
        FileSource(path, paced=False).open()
    text = str(refused.value)
    assert "\n" not in text
    return text


def is_red(pixels: np.ndarray) -> bool:
    red, green, blue = pixels.reshape(-1, 3).mean(axis=0)
    return bool(red > 150 and green < 100 and blue < 100)


def test_every_frame_comes_once_in_order_with_the_files_own_time(movies: "Movies") -> None:
    got = all_frames(movies.make(frames=10, fps=25))
    assert [frame.seq for frame in got] == list(range(10))
    assert [frame.t_ns for frame in got] == [n * 40 * MS for n in range(10)]
    brightness = [int(frame.image[-8:].mean()) for frame in got]
    assert brightness == sorted(brightness)


def test_pictures_are_contiguous_rgb(movies: "Movies") -> None:
    image = all_frames(movies.make(frames=1))[0].image
    assert image.flags.c_contiguous
    assert image.dtype == np.uint8
    assert is_red(image[:16])


@pytest.mark.parametrize(("width", "height"), [(65, 49), (33, 48)])
def test_odd_sizes_stay_as_they_are(movies: "Movies", width: int, height: int) -> None:
    frame = all_frames(movies.raw_jpegs("odd.mjpeg", frames=2, width=width, height=height))[0]
    assert (frame.width, frame.height) == (width, height)


@pytest.mark.parametrize(("degrees", "shape"), [(90, (64, 48)), (180, (48, 64)), (270, (64, 48))])
def test_rotation_metadata_is_applied(movies: "Movies", degrees: int, shape: tuple[int, int]) -> None:
    path = movies.make(frames=1)
    movies.turn(path, degrees)
    image = all_frames(path)[0].image
    assert image.shape[:2] == shape
    red_side = {90: image[:, -16:], 180: image[-16:], 270: image[:, :16]}[degrees]
    assert is_red(red_side)
    assert image.flags.c_contiguous


def test_a_variable_frame_rate_is_honoured(movies: "Movies", caplog: pytest.LogCaptureFixture) -> None:
    path = movies.make(frames=6)
    movies.set_durations(path, [40, 40, 200, 1000, 5, 40])
    assert [frame.t_ns // MS for frame in all_frames(path)] == [0, 40, 80, 280, 1280, 1285]
    assert not caplog.records


def test_a_file_says_how_long_it_is(movies: "Movies") -> None:
    with FileSource(movies.make(frames=10, fps=25), paced=False) as source:
        assert source.frame_count_hint == 10
        assert source.frame_rate_hint == pytest.approx(25)
        assert len(list(frames(source))) == 10
        assert source.frames_read == 10
        assert source.frame_count_hint == 10


def test_a_file_without_a_count_gives_no_hint(movies: "Movies") -> None:
    with FileSource(movies.raw_jpegs("webcam.mjpeg", frames=5), paced=False) as source:
        assert source.frame_count_hint is None
        assert len(list(frames(source))) == 5


def test_paced_frames_come_when_they_are_due_and_carry_monotonic_time(movies: "Movies") -> None:
    path = movies.make(frames=6)
    movies.set_durations(path, [20, 20, 100, 20, 20, 20])
    with FileSource(path, paced=True) as source:
        arrivals = [(frame.t_ns, time.monotonic_ns()) for frame in frames(source)]
    steps = [after - before for (before, _), (after, _) in pairwise(arrivals)]
    assert steps == [20 * MS, 20 * MS, 100 * MS, 20 * MS, 20 * MS]
    assert all(0 <= arrived - t_ns < 300 * MS for t_ns, arrived in arrivals)


def test_a_frame_due_after_the_timeout_is_overdue_and_still_comes(movies: "Movies") -> None:
    path = movies.make(frames=2)
    movies.set_durations(path, [300, 40])
    with FileSource(path, paced=True) as source:
        first = source.read(1)
        with pytest.raises(FrameOverdueError, match=r"clip\.mp4"):
            source.read(0.05)
        second = source.read(5)
    assert first is not None
    assert second is not None
    assert second.t_ns - first.t_ns == 300 * MS
    assert second.seq == 1


def test_a_loop_goes_on_with_rising_time_and_unbroken_numbers(movies: "Movies") -> None:
    with FileSource(movies.make(frames=3, fps=25), paced=False, loop=True) as source:
        got = list(islice(frames(source), 8))
        assert source.frame_count_hint is None
    assert [frame.t_ns // MS for frame in got] == [n * 40 for n in range(8)]
    assert [frame.seq for frame in got] == list(range(8))


def test_a_looping_file_that_was_deleted_is_lost(movies: "Movies") -> None:
    path = movies.make(frames=2)
    with FileSource(path, paced=False, loop=True) as source:
        source.read(1)
        source.read(1)
        path.unlink()
        with pytest.raises(SourceLostError, match="from its beginning"):
            source.read(1)


def test_closing_from_another_thread_ends_a_waiting_read(movies: "Movies") -> None:
    path = movies.make(frames=2)
    movies.set_durations(path, [30_000, 40])
    source = FileSource(path, paced=True)
    source.open()
    source.read(1)
    threading.Timer(0.05, source.close).start()
    start = time.monotonic()
    assert source.read(20) is None
    assert time.monotonic() - start < 10
    source.close()
    assert source.read(1) is None


@pytest.mark.parametrize("name", ["cut.mp4", "cut.avi"])
def test_a_file_cut_in_its_middle_gives_what_is_there_and_one_warning(
    movies: "Movies", name: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = movies.make(name, frames=60)
    if path.suffix == ".mp4":
        movies.index_first(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with caplog.at_level(logging.INFO), FileSource(path, paced=False) as source:
        got = len(list(frames(source)))
        assert source.read(1) is None
    assert 5 < got < 50
    assert len(caplog.records) == 1
    assert f"{got} of 60 frames" in caplog.text
    assert name in caplog.text


def test_a_whole_file_with_its_index_first_gives_no_warning(movies: "Movies", caplog: pytest.LogCaptureFixture) -> None:
    path = movies.make(frames=60)
    movies.index_first(path)
    assert len(all_frames(path)) == 60
    assert not caplog.records


def test_a_recording_without_its_index_is_refused(movies: "Movies") -> None:
    path = movies.make()
    path.write_bytes(path.read_bytes().split(b"moov")[0])
    assert "index (moov) is missing" in refusal(path)


def test_a_file_with_no_frame_that_can_be_decoded_is_refused(movies: "Movies") -> None:
    path = movies.make()
    whole = path.read_bytes()
    start, end = whole.index(b"mdat") + 4, whole.index(b"moov") - 4
    path.write_bytes(whole[:start] + bytes(end - start) + whole[end:])
    assert "no frame that can be decoded" in refusal(path)


@pytest.mark.parametrize("name", ["still.jpg", "still.png", "still.bmp", "still.webp"])
def test_a_still_image_is_refused_as_such(movies: "Movies", name: str) -> None:
    assert "still image, not a video" in refusal(movies.still(name))


def test_text_is_refused_as_such(movies: "Movies") -> None:
    path = movies.folder / "notes.mp4"
    path.write_text("Not a film.\n" * 50)
    assert "looks like text" in refusal(path)


def test_noise_is_refused(movies: "Movies") -> None:
    path = movies.folder / "noise.mp4"
    path.write_bytes(bytes(range(256)) * 20)
    assert "not a video" in refusal(path)


def test_an_empty_file_is_refused(movies: "Movies") -> None:
    path = movies.folder / "empty.mp4"
    path.touch()
    assert "is empty" in refusal(path)


def test_a_missing_file_is_refused(movies: "Movies") -> None:
    assert "does not exist" in refusal(movies.folder / "missing.mp4")


def test_a_directory_is_refused(movies: "Movies") -> None:
    assert "is a directory" in refusal(movies.folder)


def test_a_pipe_is_refused_and_not_waited_for(movies: "Movies") -> None:
    os.mkfifo(movies.folder / "pipe")
    assert "not a regular file" in refusal(movies.folder / "pipe")


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(movies: "Movies") -> None:
    path = movies.folder / "loop.mp4"
    path.symlink_to(path)
    assert "Too many levels" in refusal(path)


def test_a_file_without_read_permission_is_refused(movies: "Movies") -> None:
    path = movies.make()
    path.chmod(0)
    with unprivileged():
        assert "Permission denied" in refusal(path)


def test_a_name_that_is_not_utf_8_is_refused_instead_of_crashing_opencv(movies: "Movies") -> None:
    path = Path(os.fsdecode(os.fsencode(movies.folder) + b"/caf\xe9.mp4"))
    movies.make().rename(path)
    assert "not valid UTF-8" in refusal(path)


def test_a_name_with_percent_signs_and_umlauts_is_just_a_name(movies: "Movies") -> None:
    assert len(all_frames(movies.make("Küche 100%03d.mp4", frames=3))) == 3


def test_nothing_of_ffmpeg_or_opencv_reaches_the_terminal_even_if_cv2_was_loaded_before(movies: "Movies") -> None:
    path = movies.make()
    path.write_bytes(path.read_bytes().split(b"moov")[0])
    program = (
        "import sys, cv2\n"
        "from edge.capture.video import FileSource\n"
        "from edge.errors import SourceError\n"
        "try: FileSource(sys.argv[1], paced=False).open()\n"
        "except SourceError: print('refused')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("refused\n", "")
