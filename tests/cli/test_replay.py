"""Traces, replayed: events as `analyze` writes them, and one clear line for every trace that is none."""

import gzip
import json
import time
from pathlib import Path

import pytest
from support.daemon import pose_edge

TRACES = Path(__file__).parents[1] / "data" / "traces"
WALK = TRACES / "gmd_s1_adl_10.jsonl.gz"
FALL = TRACES / "gmd_s1_fall_14.jsonl.gz"


def test_events_are_json_lines_and_the_summary_is_apart() -> None:
    done = pose_edge("replay", WALK)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(event["seq"], event["type"], event["track"]) for event in found] == [
        (1, "person_entered", 1),
        (2, "posture_changed", 1),
        (3, "person_left", 1),
    ]
    assert found[0]["ts"].startswith("1970-01-01T00:00:0")
    assert done.stderr.count("\n") == 1
    assert "people: 1; events: 1 person_entered, 1 person_left, 1 posture_changed" in done.stderr


def test_with_json_the_summary_is_the_last_line() -> None:
    done = pose_edge("replay", "--json", WALK)
    assert json.loads(done.stdout.splitlines()[-1])["summary"]["people"] == 1
    assert done.stderr == ""


def test_the_same_trace_gives_the_same_events_to_the_letter() -> None:
    assert pose_edge("replay", WALK).stdout == pose_edge("replay", WALK).stdout


def test_a_trace_is_read_compressed_or_not_with_or_without_facts(tmp_path: Path) -> None:
    plain = tmp_path / "walk.jsonl"
    plain.write_bytes(b'{"meta":{"fps":30}}\n\n' + gzip.decompress(WALK.read_bytes()))
    assert pose_edge("replay", plain).stdout == pose_edge("replay", WALK).stdout


def test_the_configuration_counts(tmp_path: Path) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text("[track]\nbirth_hits = 60\n[device]\nid = 'hall'\n")
    late, early = (
        json.loads(done.stdout.splitlines()[0])
        for done in (pose_edge("replay", WALK, "--config", strict), pose_edge("replay", WALK))
    )
    assert late["device"] == "hall"
    assert late["t_ms"] > early["t_ms"]


BED = """
[[zones]]
name = "bed1"
kind = "bed"
polygon = [[0.3, 0.3], [0.58, 0.3], [0.58, 1.0], [0.3, 1.0]]
hours = "22:00-07:00"
"""


@pytest.mark.parametrize(
    ("begins", "bed_exit"), [(["--begins", "23:10"], True), (["--begins", "12:00"], False), ([], False)]
)
def test_the_hour_at_which_a_trace_begins_counts_for_beds(begins: list[str], *, bed_exit: bool, tmp_path: Path) -> None:
    config = tmp_path / "bed.toml"
    config.write_text(BED)
    found = [json.loads(one) for one in pose_edge("replay", WALK, "--config", config, *begins).stdout.splitlines()]
    (left,) = [event for event in found if event["type"] == "zone_left"]
    assert (left["data"]["zone"], left["data"]["bed_exit"]) == ("bed1", bed_exit)


def test_an_hour_that_is_none_is_refused() -> None:
    done = pose_edge("replay", WALK, "--begins", "24:00")
    assert done.returncode == 2
    assert "'24:00' is not a time of day: write it like 23:10" in done.stderr


def test_events_are_explained_apart_from_them() -> None:
    plain, explained = pose_edge("replay", FALL), pose_edge("replay", FALL, "--explain")
    assert explained.stdout == plain.stdout
    assert "fall_detected #1" in explained.stderr
    assert "shoulder_y" in explained.stderr


def test_with_json_explanations_are_lines_too() -> None:
    lines = [json.loads(one) for one in pose_edge("replay", FALL, "--explain", "--json").stdout.splitlines()]
    explained = [one["explanation"]["type"] for one in lines if "explanation" in one]
    assert explained == [one["type"] for one in lines if "type" in one]


def test_a_plot_is_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: no plot was drawn")
    target = tmp_path / "fall.png"
    done = pose_edge("replay", FALL, "--plot", target)
    assert done.returncode == 0, done.stderr
    assert target.read_bytes().startswith(b"\x89PNG")
    again = tmp_path / "again.png"
    pose_edge("replay", FALL, "--plot", again)
    assert again.read_bytes() == target.read_bytes()


@pytest.mark.parametrize(("name", "what"), [("fall.jpg", "has to end in .png"), ("none/fall.png", "no such folder")])
def test_a_plot_that_cannot_be_is_refused_before_the_replay(name: str, what: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: no plot was drawn")
    done = pose_edge("replay", FALL, "--plot", tmp_path / name)
    assert done.returncode in (2, 8)
    assert done.stdout == ""
    assert what in done.stderr


def test_six_thousand_frames_take_seconds(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in gzip.decompress(WALK.read_bytes()).splitlines()]
    long = tmp_path / "long.jsonl"
    with long.open("w") as file:
        for i in range(6000):
            file.write(json.dumps({**lines[1 + i % (len(lines) - 1)], "t": 33 * i}) + "\n")
    begin = time.monotonic()
    assert pose_edge("replay", long).returncode == 0
    assert time.monotonic() - begin < 12  # 3 s alone on a 2020s desktop core; loaded machines are slow


def line(**fields: object) -> str:
    return json.dumps({"t": 0, "w": 640, "h": 480, "poses": [], "world": []} | fields)


POSE, WORLD = [[[0.5] * 5] * 33], [[[0.5] * 4] * 33]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "holds no frame"),
        ('{"meta":{}}\n', "holds no frame"),
        ("walk\n", "line 1: not JSON"),
        ("[" * 100_000, "line 1: not JSON"),
        ("[1]\n", "line 1: not a JSON object"),
        (line() + "\n" + line(t=0), "line 2: t is 0 after 0"),
        (line(t=5) + "\n" + line(t=4), "line 2: t is 4 after 5"),
        (line(t=-1), "line 1: t has to be"),
        (line(t=0.5), "line 1: t has to be"),
        (line(t=10**30), "line 1: t has to be"),
        (line(t=True), "line 1: t has to be"),
        (line(w=0), "line 1: w and h have to be"),
        (line(h=None), "line 1: w and h have to be"),
        (line(poses=None), "line 1: poses has to be"),
        (line(poses={}), "line 1: poses has to be"),
        (line(poses=[[[0.5] * 5] * 32], world=WORLD), "line 1: poses has to be"),
        (line(poses=[[[0.5] * 4] * 33], world=WORLD), "line 1: poses has to be"),
        (line(poses=[[[0.5] * 5] * 33, [1]], world=WORLD), "line 1: poses has to be"),
        (line(poses=[[["x"] * 5] * 33], world=WORLD), "line 1: poses has to be"),
        (line(poses=POSE), "line 1: world has 0 people and poses has 1"),
        (line(poses=POSE, world=[[[0.5] * 3] * 33]), "line 1: world has to be"),
    ],
)
def test_a_bad_trace_is_refused_in_one_line(text: str, what: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(text)
    assert_refused(bad, what)


def test_a_missing_trace(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none.jsonl.gz", "No such file")


def test_a_folder(tmp_path: Path) -> None:
    assert_refused(tmp_path, "directory")


def test_a_truncated_gzip(tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(WALK.read_bytes()[:40_000])
    assert_refused(cut, "breaks off")


def test_a_name_that_lies_about_compression(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain.jsonl.gz", tmp_path / "packed.jsonl"
    plain.write_text(line())
    packed.write_bytes(WALK.read_bytes())
    assert_refused(plain, "not a gzip file")
    assert_refused(packed, "not text")


def test_numbers_that_no_landmark_can_be_are_nobody(tmp_path: Path) -> None:
    wild = tmp_path / "wild.jsonl"
    wild.write_text("\n".join(line(t=i, poses=[[[1e300] * 5] * 33], world=WORLD) for i in range(20)))
    done = pose_edge("replay", wild)
    assert (done.returncode, done.stdout) == (0, "")
    assert "people: 0" in done.stderr


def assert_refused(path: Path, what: str) -> None:
    done = pose_edge("replay", path)
    assert done.returncode == 4, done.stderr
    (said,) = done.stderr.splitlines()
    assert said.startswith("pose-edge: ")
    assert what in said
