"""Measures the tracker on many traces; docs/tracking.md holds the results. Not a test: it takes minutes.

    PYTHONPATH=tests python tests/track/measure.py crossing --seeds 20
    PYTHONPATH=tests python tests/track/measure.py prediction --traces DIR [--clips DIR]
    PYTHONPATH=tests python tests/track/measure.py occlusion --traces DIR
    PYTHONPATH=tests python tests/track/measure.py presence --traces DIR

DIR holds NAME.jsonl.gz and labels.json (category, exercise, persons, fps, static_camera, segments of each), that of
--clips some of their videos as NAME.mp4.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from track.predictions import of_pictures, of_traces
from track.skeletons import without_people

from edge.capture.studio import studio_frames
from edge.config import load
from edge.detect.landmarker import LandmarkerOptions, OfflineLandmarker
from edge.flow import Poses
from edge.parts import model_bundle
from edge.trace import read_trace
from edge.track.geometry import TRUNK
from edge.track.tracker import Tracker

MS: Final = 1_000_000
APART_PX: Final = 90
"""Distance of two actors, 1.3 torso lengths, from which on it is plain who is who."""

HIDDEN_MS: Final = 1500
RATES: Final = (30, 10)


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")


def at_rate(frames: Sequence[Poses], hz: int) -> list[Poses]:
    kept: list[Poses] = []
    for poses in frames:
        if not kept or poses.t_ns - kept[-1].t_ns >= (1000 / hz - 6) * MS:
            kept.append(poses)
    return kept


def labelled(folder: Path) -> Iterator[tuple[str, dict[str, Any], list[Poses]]]:
    for name, label in json.loads((folder / "labels.json").read_text()).items():
        yield name, label, list(read_trace(folder / f"{name}.jsonl.gz"))


def crossing(seeds: int) -> None:
    bundle = model_bundle(load(None, environ={}, overrides={}))
    swapped = dict.fromkeys(RATES, 0)
    for seed in range(seeds):
        with OfflineLandmarker(bundle=bundle, mode="video", options=LandmarkerOptions(num_poses=2)) as landmarker:
            seen = [(frame.truth, landmarker.detect(frame)) for frame in studio_frames("crossing", fps=30, seed=seed)]
        truths = {poses.t_ns: truth for truth, poses in seen}
        for hz in RATES:
            tracker = Tracker(smooth=True)
            actors: dict[int, set[int]] = {}
            for poses in at_rate([poses for _, poses in seen], hz):
                tracks = tracker.update(poses)
                centres = {a.actor: a.landmarks_px[TRUNK, :].mean(axis=0) for a in truths[poses.t_ns] if a.visible}
                if len(centres) == 2 and np.ptp([c[0] for c in centres.values()]) < APART_PX:
                    continue
                for track in tracks.people:
                    place = track.landmarks[TRUNK, :2].mean(axis=0) * [poses.width, poses.height]
                    gaps = {actor: float(np.hypot(*(place - c))) for actor, c in centres.items()}
                    nearest = min(gaps, key=lambda actor: gaps[actor])
                    if not track.predicted and gaps[nearest] < APART_PX / 3:
                        actors.setdefault(track.id, set()).add(nearest)
            swapped[hz] += any(len(who) > 1 for who in actors.values()) or len(actors) != 2
    say({f"{hz} a second": f"{count} of {seeds} swapped" for hz, count in swapped.items()})


def prediction(folder: Path, clips: Path | None) -> None:
    found = of_traces(labelled(folder))
    if clips is not None:
        found |= of_pictures(json.loads((folder / "labels.json").read_text()), clips)
    for kind, errors in found.items():
        say(f"{kind}: {errors}")


def occlusion(folder: Path) -> None:
    for hz in RATES:
        kept = tried = 0
        for _, label, recorded in labelled(folder):
            frames = at_rate(recorded, hz)
            if label.get("static_camera") is not True or not label.get("persons"):
                continue
            plain = Tracker()
            who = [[track.id for track in plain.update(poses).people if not track.predicted] for poses in frames]
            starts = [
                i
                for i, poses in enumerate(frames)
                if who[i]
                and any(who[j] == who[i] for j in range(i, len(frames)) if HIDDEN_MS <= _ms(poses, frames[j]) <= 2200)
            ]
            if not starts:
                continue
            start = random.Random(1).choice(starts)  # noqa: S311 - the same choice every time
            tracker, after = Tracker(), []
            for poses in frames:
                hidden = 0 < _ms(frames[start], poses) < HIDDEN_MS
                tracks = tracker.update(without_people(poses) if hidden else poses)
                if HIDDEN_MS <= _ms(frames[start], poses) <= 3500:
                    after += [track.id for track in tracks.people if not track.predicted]
            tried += 1
            kept += bool(after) and after[0] == who[start][0]
        say(f"{hz} a second: {kept} of {tried} ids kept, {100 * kept / tried:.1f} %")


def presence(folder: Path) -> None:
    for hz in RATES:
        phantoms, unseen, delays = [], [], []
        for name, label, recorded in labelled(folder):
            tracker, real = Tracker(), dict[int, float]()
            for poses in at_rate(recorded, hz):
                for track in tracker.update(poses).people:
                    real.setdefault(track.id, poses.t_ns / MS / 1000)
            empty = [(a + 1, b - 1) for a, b, what in label["segments"] if what == "empty"]
            phantoms += [(name, t) for t in real.values() if any(a <= t <= b for a, b in empty)]
            first = next((poses.t_ns / MS / 1000 for poses in recorded if len(poses)), None)
            if label.get("persons") and first is not None:
                unseen += [] if real else [name]
                delays += [min(real.values()) - first] if real else []
        say(f"{hz} a second: phantoms {phantoms}; never real {unseen}; delay median {np.median(delays):.2f} s")


def _ms(start: Poses, end: Poses) -> float:
    return (end.t_ns - start.t_ns) / MS


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("crossing", "prediction", "occlusion", "presence"))
    parser.add_argument("--traces", type=Path, help="folder with labels.json")
    parser.add_argument("--clips", type=Path, help="folder with videos; also measures the studio")
    parser.add_argument("--seeds", type=int, default=20)
    args = parser.parse_args()
    if args.what == "crossing":
        crossing(args.seeds)
    elif args.traces is None:
        parser.error("--traces is needed")
    elif args.what == "prediction":
        prediction(args.traces, args.clips)
    else:
        {"occlusion": occlusion, "presence": presence}[args.what](args.traces)
