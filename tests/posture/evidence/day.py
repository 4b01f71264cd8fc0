"""Judges the posture room on simulated days of a care-home room: a day of landmarks in a few minutes, without pictures.

    python -m tests.posture.evidence.day --seeds 7
    python -m tests.posture.evidence.day --seed 3 --hours 9 --json --clips DIR

What ought to be said and was not, and what was said and ought not to be, is reported with its time and saved as a trace
that begins two minutes before: `pose-edge replay TRACE --config FILE` repeats it, FILE being saved beside them.
"""

import argparse
import json
import re
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from edge.capture.studio.camera import Camera
from edge.capture.studio.furniture import Bed
from edge.config import Config
from edge.flow import Event, Poses
from edge.understanding import Understanding

from .agenda import Day, Expected
from .room import BED, SOFA
from .routine import HOUR_S, Routine
from .seeing import HEIGHT_PX, WIDTH_PX, cache_folder, default_config, write_trace
from .simulation import NS_PER_S, watched

NIGHT: Final = "21:00-08:30"
"""The bed's hours of rest."""

_BEFORE_S: Final = 120.0
_AFTER_S: Final = 20.0
_AFTER_MISS_S: Final = 40.0
_AFTER_CALL_S: Final = 5.0
_ZONE_TOP_M: Final = 0.6
"""An installer draws a bed as it is seen, bedding included."""


@dataclass(slots=True)
class Account:
    """What was said of one day, against what is true.

    Attributes:
        seed: Of the day.
        frames: How many were looked at.
        false_falls: Falls that were none, by time.
        ghosts: Repetitions that were none.
        missed: What was not said; counts that are not exact as well.
        other: Calls for help that were none, and falls that were suspected and not said: not counted as wrong.
        found: How many expected things were said.
        said: Events by type.
    """

    seed: int
    frames: int = 0
    false_falls: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    found: int = 0
    said: dict[str, int] = field(default_factory=dict)


def care_home() -> Config:
    """The configuration of the room's box: as config/care-home.toml, with the furniture."""
    zones = (
        {"name": "bed", "kind": "bed", "polygon": _outline(BED), "hours": NIGHT},
        {"name": "sofa", "kind": "sofa", "polygon": _outline(SOFA)},
    )
    base = default_config().model_dump()
    base["zones"] = zones
    base["detect"]["num_poses"] = 2
    base["track"]["occlusion_s"] = 3.0
    base["posture"]["left_after_s"] = 10.0
    return Config.model_validate(base)


def _outline(bed: Bed) -> list[tuple[float, float]]:
    """The furniture's outline in the picture, normalised."""
    across, deep = 1.03, 0.52
    corners = np.array(
        [(bed.x + x, bed.y + y, z) for x in (-across, across) for y in (-deep, deep) for z in (0.0, _ZONE_TOP_M)]
    )
    pixels, _ = Camera(width=WIDTH_PX, height=HEIGHT_PX).project(corners)
    hull = cv2.convexHull(pixels.astype(np.float32))[:, 0]
    share = np.clip(hull / (WIDTH_PX, HEIGHT_PX), 0.0, 1.0)
    return [(round(float(x), 4), round(float(y), 4)) for x, y in share]


def lived(seed: int, *, hours: float = 24.0, clips: Path | None = None, progress: bool = False) -> Account:
    """Simulate and judge one day.

    Args:
        seed: Of the day.
        hours: How much of it.
        clips: Where to save what goes wrong.
        progress: Whether to say the time on standard error.
    """
    config = care_home()
    posture = config.posture
    day = Routine(
        seed, long_lie_s=posture.long_lie_s, inactivity_s=posture.inactivity_s, found_s=posture.found_on_floor_s
    ).day()
    until_s = min(24.0, hours) * HOUR_S
    understanding, account = Understanding(config), Account(seed)
    said: list[Event] = []
    for poses in watched(day, seed, until_s=until_s):
        _, events = understanding.update(poses, time_of_day=_clock(poses.t_ns))
        said.extend(events)
        account.frames += 1
        if progress and account.frames % 5000 == 0:
            sys.stderr.write(f"\rseed {seed}: {_told(poses.t_ns / NS_PER_S)} ")
    said.extend(understanding.end(round(until_s * NS_PER_S)))
    wrong = list(_judge(day, said, account, until_s))
    if clips is not None and wrong:
        _save(clips, config, day, seed, wrong, until_s)
    return account


def _judge(day: Day, said: Sequence[Event], account: Account, until_s: float) -> Iterator[tuple[float, str]]:
    """Fills in the account; yields time and name of what is wrong."""
    account.said = dict(Counter(event.type for event in said))
    for event in said:
        yield from _judge_event(day, event, account)
    for one in day.expected:
        if one.until_s <= until_s:
            yield from _judge_expected(one, said, account)


def _judge_event(day: Day, event: Event, account: Account) -> Iterator[tuple[float, str]]:
    t_s = event.t_ns / NS_PER_S
    calls = [(one.from_s, one.until_s + _AFTER_CALL_S) for one in day.expected if one.type == "help_gesture"]
    if event.type == "fall_detected" and not _within(day.down, t_s):
        account.false_falls.append(f"{_told(t_s)} {_brief(event)}")
        yield t_s, "false-fall"
    elif event.type == "rep" and not _within(day.sets, t_s):
        account.ghosts.append(f"{_told(t_s)} {event.data['exercise']}")
        yield t_s, f"ghost-{event.data['exercise']}"
    elif event.type == "fall_suspected" and not _within(day.down, t_s):
        account.other.append(f"{_told(t_s)} fall_suspected")
    elif event.type == "help_gesture" and not _within(calls, t_s):
        account.other.append(f"{_told(t_s)} help_gesture")
        yield t_s, "false-help"


def _judge_expected(one: Expected, said: Sequence[Event], account: Account) -> Iterator[tuple[float, str]]:
    during = [event for event in said if one.from_s <= event.t_ns / NS_PER_S <= one.until_s]
    got = sum(_answers(event, one) for event in during)
    others = Counter(str(event.data["exercise"]) for event in during if event.type == "rep" and one.exercise)
    others.pop(str(one.exercise), None)
    if others:
        account.ghosts.append(f"{_told(one.from_s)} during {one.name}: {dict(others)}")
    good = got == one.times if one.exercise else got >= one.times
    if good:
        account.found += 1
    else:
        account.missed.append(f"{_told(one.from_s)} {one.name} ({one.type}): {got} of {one.times}")
    if others or not good:
        yield one.from_s, "missed-" + re.sub(r"[^a-z0-9]+", "-", one.name)


def _answers(event: Event, one: Expected) -> bool:
    if event.type != one.type:
        return False
    if one.exercise is not None:
        return bool(event.data["exercise"] == one.exercise)
    return one.type != "zone_left" or bool(event.data.get("bed_exit"))


def _save(clips: Path, config: Config, day: Day, seed: int, wrong: Iterable[tuple[float, str]], until_s: float) -> None:
    """Simulates the day once more and keeps what is around the times."""
    wanted = deque(sorted(wrong))
    open_clips: list[tuple[float, str, list[Poses]]] = []
    recent: deque[Poses] = deque()
    for poses in watched(day, seed, until_s=until_s):
        t_s = poses.t_ns / NS_PER_S
        recent.append(poses)
        while recent and t_s - recent[0].t_ns / NS_PER_S > _BEFORE_S:
            recent.popleft()
        while wanted and wanted[0][0] <= t_s:
            at_s, name = wanted.popleft()
            path = f"seed{seed}-{_told(at_s).replace(':', '')}-{name}"
            open_clips.append((at_s + (_AFTER_MISS_S if name.startswith("missed") else _AFTER_S), path, list(recent)))
        for end_s, name, frames in open_clips:
            if frames[-1] is not poses:
                frames.append(poses)
            if t_s >= end_s:
                write_trace(clips / f"{name}.jsonl.gz", frames, day=seed)
        open_clips = [clip for clip in open_clips if t_s < clip[0]]
        if not (wanted or open_clips):
            break
    (clips / "box.toml").write_text(_toml(config), encoding="utf-8")


def _toml(config: Config) -> str:
    lines = ["[detect]", "num_poses = 2", "[track]", "occlusion_s = 3.0", "[posture]", "left_after_s = 10.0"]
    for zone in config.zones:
        polygon = [list(corner) for corner in zone.polygon]
        lines += ["[[zones]]", f'name = "{zone.name}"', f'kind = "{zone.kind}"', f"polygon = {polygon}"]
        if zone.hours:
            lines.append(f'hours = "{zone.hours}"')
    return "\n".join(lines) + "\n"


def _within(spans: Iterable[tuple[float, float]], t_s: float) -> bool:
    return any(start <= t_s <= end for start, end in spans)


def _clock(t_ns: int) -> time:
    seconds = int(t_ns // NS_PER_S) % 86_400
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _told(t_s: float) -> str:
    seconds = int(t_s)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _brief(event: Event) -> str:
    return json.dumps(dict(event.data), default=str)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=7, help="how many days, seeds 1 to N (default: 7)")
    parser.add_argument("--seed", type=int, action="append", help="this day instead; may be repeated")
    parser.add_argument("--hours", type=float, default=24.0, help="how much of each day (default: 24)")
    parser.add_argument("--clips", type=Path, default=cache_folder() / "day", help="where to save what goes wrong")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    seeds = args.seed or list(range(1, args.seeds + 1))
    live = partial(lived, hours=args.hours, clips=args.clips, progress=sys.stderr.isatty())
    with ProcessPoolExecutor(args.jobs) as pool:
        accounts = list(pool.map(live, seeds))
    found: dict[str, Any] = {
        "days": len(accounts),
        "hours": args.hours,
        "false_falls": sum(len(one.false_falls) for one in accounts),
        "ghosts": sum(len(one.ghosts) for one in accounts),
        "expected": sum(one.found + len(one.missed) for one in accounts),
        "missed": sum(len(one.missed) for one in accounts),
        "by_day": [asdict(one) for one in accounts],
    }
    sys.stdout.write((json.dumps(found) if args.json else _text(found)) + "\n")
    return 0


def _text(found: dict[str, Any]) -> str:
    lines = [f"{key}: {value}" for key, value in found.items() if key != "by_day"]
    for one in found["by_day"]:
        lines.append(f"\nseed {one['seed']}: {one['frames']} frames, {one['found']} found, said {one['said']}")
        for kind in ("false_falls", "ghosts", "missed", "other"):
            lines += [f"  {kind}: {text}" for text in one[kind]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
