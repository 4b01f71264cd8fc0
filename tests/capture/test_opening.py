import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from edge.capture.opening import SourceSpec, open_source, parse_source
from edge.capture.picamera import PicameraSource
from edge.capture.stream import StreamSource
from edge.capture.studio import StudioFrame
from edge.capture.video import FileSource
from edge.errors import ConfigError

if TYPE_CHECKING:
    from capture.conftest import Movies

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("picamera", SourceSpec("picamera")),
        ("studio", SourceSpec("studio")),
        ("studio:empty", SourceSpec("studio", "empty")),
        ("file:a b.mp4", SourceSpec("file", "a b.mp4")),
        ("file:C:odd:name.mp4", SourceSpec("file", "C:odd:name.mp4")),
        ("v4l2:0", SourceSpec("v4l2", "0")),
        ("v4l2:/dev/v4l/by-id/usb-cam", SourceSpec("v4l2", "/dev/v4l/by-id/usb-cam")),
        ("rtsp://u:p@h:554/s?x=1", SourceSpec("rtsp", "rtsp://u:p@h:554/s?x=1")),
        ("rtsps://h/s", SourceSpec("rtsps", "rtsps://h/s")),
        ("RTSP://h/s", SourceSpec("rtsp", "rtsp://h/s")),
    ],
)
def test_every_form_is_understood(text: str, spec: SourceSpec) -> None:
    assert parse_source(text) == spec


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("picam", "did you mean picamera?"),
        ("studi:fall", "did you mean studio?"),
        ("clip.MP4", "did you mean file:clip.MP4?"),
        ("./my clip.mkv", "did you mean file:./my clip.mkv?"),
        ("0", "did you mean v4l2:0?"),
        ("/dev/video2", "did you mean v4l2:/dev/video2?"),
        ("rstp://cam/1", "did you mean rtsp://…?"),
        ("http://cam/stream", "did you mean rtsp://…?"),
        ("webcam", ""),
        ("", ""),
    ],
)
def test_anything_else_is_refused_in_one_line_with_all_forms_and_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_source(text)
    assert "none of picamera, studio[:SCENE], file:PATH, v4l2:N, rtsp://…" in str(refused.value)
    assert str(refused.value).endswith(hint)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("picamera:1", "write just picamera"),
        ("studio:", "write just studio, or studio:SCENE"),
        ("file:", "write file:PATH"),
        ("file", "write file:PATH"),
        ("v4l2:front", "write v4l2:0"),
        ("v4l2", "write v4l2:0"),
        ("file:caf\udce9.mp4", "not valid UTF-8"),
        ("file:a\0b.mp4", "not valid UTF-8"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_right_form(text: str, advice: str) -> None:
    with pytest.raises(ConfigError, match=advice):
        parse_source(text)


@pytest.mark.parametrize(
    "text",
    [
        "rstp://admin:hunter2@cam/1",
        "http://admin:hunter2@cam/",
        "admin:hunter2@cam",
        "hunter2@cam",
        "rtsp//a:hunter2@c",
    ],
)
def test_a_mistyped_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_source(text)
    assert "hunter2" not in str(refused.value)
    assert "admin" not in str(refused.value)


def test_a_file_is_played_masked_and_turned_with_the_mask_on_the_turned_picture(movies: "Movies") -> None:
    path = movies.make(frames=4, width=64, height=48)
    spec = parse_source(f"file:{path}")
    with open_source(spec, rotation=90, paced=False, masks=[LEFT_HALF]) as source:
        assert source.name == "file:clip.mp4"
        assert source.frame_count_hint == 4
        assert source.frame_rate_hint == pytest.approx(25)
        frame = source.read(5)
    assert frame is not None
    assert frame.image.shape == (64, 48, 3)
    assert frame.image.flags.c_contiguous
    assert not frame.image[:, :24].any()
    assert frame.image[:, 40:, 0].mean() > 150  # the red upper half, now at the right


def test_a_plain_file_is_neither_turned_nor_masked(movies: "Movies") -> None:
    source = open_source(parse_source(f"file:{movies.make()}"), paced=False, loop=True)
    assert isinstance(source, FileSource)


def test_a_tilde_stands_for_the_home_folder(movies: "Movies", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(movies.folder))
    movies.make("home.mp4")
    with open_source(parse_source("file:~/home.mp4"), paced=False) as source:
        assert source.read(5) is not None


def test_the_studio_keeps_its_truth_behind_a_mask() -> None:
    spec = parse_source("studio")
    with open_source(spec, width=160, height=120, fps=10, paced=False, seed=3, masks=[LEFT_HALF]) as source:
        frame = source.read(5)
    assert isinstance(frame, StudioFrame)
    assert (frame.width, frame.height) == (160, 120)
    assert not frame.image[:, :80].any()
    assert frame.image[:, 90:].any()


@pytest.mark.parametrize(("text", "kind"), [("v4l2:0", StreamSource), ("rtsp://cam/1", StreamSource)])
def test_live_streams_are_read_in_a_thread_of_their_own(text: str, kind: type) -> None:
    source = open_source(parse_source(text))
    assert isinstance(source, kind)
    assert source.name == text.removesuffix("/1")


def test_the_pi_camera_turns_its_own_pictures() -> None:
    assert isinstance(open_source(parse_source("picamera"), rotation=270, hflip=True), PicameraSource)


@pytest.mark.parametrize("text", ["picamera", "file:clip.mp4", "rtsp://cam/1"])
def test_a_wrong_angle_or_mask_is_refused_before_anything_is_opened(text: str) -> None:
    with pytest.raises(ConfigError, match="rotation is 45"):
        open_source(parse_source(text), rotation=45)
    with pytest.raises(ConfigError, match="privacy mask 1"):
        open_source(parse_source(text), masks=[((0, 0), (1, 1))])


def test_checking_what_a_user_wrote_loads_neither_opencv_nor_picamera2() -> None:
    program = (
        "import sys\n"
        "from edge.capture.opening import parse_source\n"
        "for text in ('picamera', 'studio', 'file:a', 'v4l2:0', 'rtsp://cam/1'): parse_source(text)\n"
        "print(sorted({'cv2', 'picamera2', 'mediapipe'} & sys.modules.keys()))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
