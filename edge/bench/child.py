"""The process of one contender: `python -m edge.bench.child SPEC` plays, pauses and looks as it is told, line by line.

Each line of standard input is a JSON object with `do`: `play` (with a `reel`, and a `start` in it), `pause` or `look`;
each is answered by one line. The end of the input ends the process.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from edge.bench.contenders import Contender, MediaPipeLoop, WholeDaemon, as_captured, as_stock
from edge.bench.looks import Look
from edge.bench.memory_source import MemorySource
from edge.bench.reel import Reel
from edge.bench.vitals import read_vitals
from edge.config import load
from edge.detect.bundles import bundle_path
from edge.errors import EdgeError
from edge.service.log import set_up

Kind = Literal["stock", "bare", "daemon"]


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What a contender's process needs to know at its start.

    Attributes:
        kind: Which contender.
        fps: Pace of the frames.
        num_poses: The most people that `stock` and `bare` look for.
        config: Configuration file; None is the default one.
        overrides: Keys of the configuration, for all contenders.
    """

    kind: Kind
    fps: float
    num_poses: int = 1
    config: str | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> str:
        """For the command line of the process."""
        return json.dumps(asdict(self))


def main() -> int:
    """Serve until the input ends."""
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    set_up(level="warning", style="text")
    spec = ChildSpec(**json.loads(sys.argv[1]))
    source = MemorySource(fps=spec.fps)
    try:
        contender = _make(spec, source)
        contender.start()
        _answer(answers, {"pid": os.getpid()})
        for line in sys.stdin:
            _answer(answers, _obey(json.loads(line), contender, source))
        contender.stop()
    except EdgeError as error:
        _answer(answers, {"error": str(error), "exit_code": int(error.exit_code)})
        return error.exit_code
    return 0


def _make(spec: ChildSpec, source: MemorySource) -> Contender:
    config = load(Path(spec.config) if spec.config else None, environ=os.environ, overrides=spec.overrides)
    if spec.kind == "daemon":
        return WholeDaemon(config=config, source=source)
    stock = spec.kind == "stock"
    return MediaPipeLoop(
        bundle=bundle_path(config.detect.model, masks=stock, model_dir=config.detect.model_dir),
        source=source,
        num_poses=spec.num_poses,
        prepare=as_stock if stock else as_captured,
    )


def _obey(order: Mapping[str, Any], contender: Contender, source: MemorySource) -> Mapping[str, Any]:
    match order["do"]:
        case "play":
            reel = Reel(**order["reel"])
            source.play(reel.pictures(), lead=reel.lead, start=order["start"])
        case "pause":
            source.pause()
        case "look":
            return asdict(_look(contender, source))
    return {}


def _look(contender: Contender, source: MemorySource) -> Look:
    # Time and counters first and together; what takes longer to find out comes after them.
    t_ns, cpu_ns, runs = time.monotonic_ns(), time.process_time_ns(), contender.model_runs
    shown, unanswered, ages_ms = source.shown, contender.unanswered, contender.take_ages_ms()
    vitals = read_vitals()
    return Look(
        t_ns=t_ns,
        cpu_ns=cpu_ns,
        model_runs=runs,
        frames_read=shown.read,
        frames_missed=shown.missed,
        unanswered=unanswered,
        rss_mb=vitals.rss_mb,
        threads=vitals.threads,
        descriptors=vitals.descriptors,
        ages_ms=ages_ms,
    )


def _answer(answers: IO[str], document: Mapping[str, Any]) -> None:
    answers.write(json.dumps(document) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
