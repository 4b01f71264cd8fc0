"""Measures what the box costs, against MediaPipe's own loop, in one run and on the same frames.

Contenders, each a process of its own, take turns of a few seconds, so that a noisy machine is noisy to all:
  stock      MediaPipe's Raspberry Pi sample without its window: flip, convert, every frame through the stock model
  bare       MediaPipe's Python API with the slim model on frames that are RGB already, and nothing else
  daemon     pose-edge whole, as configured, publishing to a broker on this machine
  daemon@N   the same with N model runs a second at most

  pose-edge bench                                        about ten minutes
  pose-edge bench --scenes walking --seconds 8           a quick look
  pose-edge bench --contenders stock,daemon@30,daemon@10 --landmark-rate 30
  pose-edge bench --cpu-quota 25                         as if the processor were slower
  pose-edge bench --source file:gym.mp4 --json > gym.json
  pose-edge bench --soak 120                             two hours of the daemon alone: does anything grow?

Scenes are rendered: walking, still, empty, exercises, two (people), visits. Age is measured where a subscriber gets the
message; for stock and bare, which publish nothing, where the result is there. Any key of the configuration can be set
for the daemon with --config or its variable, such as POSE_EDGE_TRACK_OCCLUSION_S=3.
"""

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.cli.options import add_config
from edge.cli.progress import REPORT_PERIOD_S
from edge.errors import ConfigError

if TYPE_CHECKING:
    from edge.bench.document import Block
    from edge.bench.plan import Plan

SUMMARY: Final = "measure CPU, rate and age against MediaPipe's own loop"

_LEAST_SLICE_S: Final = 0.5
"""Fewer than 15 frames in a turn say nothing."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    what = parser.add_argument_group("what is measured")
    what.add_argument("--contenders", metavar="A,B", type=_names, help="who takes part (default: stock,bare,daemon)")
    what.add_argument("--scenes", metavar="A,B", type=_names, help="what they see (default: all but visits)")
    what.add_argument("--source", metavar="SOURCE", help="the first 8 s of file:PATH or any other source, instead")
    what.add_argument("--inference-fps", metavar="N", type=float, help="most model runs a second of daemon")
    what.add_argument("--landmark-rate", metavar="N", type=float, help="landmark messages a second of every daemon")
    what.add_argument(
        "--num-poses", metavar="N", type=int, help="people that all look for (default: 1, and as configured)"
    )
    what.add_argument(
        "--cpu-quota", metavar="PERCENT", type=float, help="limit each contender to this share of one core"
    )
    add_config(parser)

    how = parser.add_argument_group("how long")
    how.add_argument("--seconds", metavar="N", type=float, default=20.0, help="of each in each scene (default: 20)")
    how.add_argument("--slices", metavar="N", type=int, default=4, help="turns they are divided into (default: 4)")
    how.add_argument("--settle", metavar="N", type=float, default=2.0, help="seconds before each turn (default: 2)")
    how.add_argument("--soak", metavar="MINUTES", type=float, help="the daemon alone: memory, threads, descriptors")

    out = parser.add_argument_group("what comes out")
    out.add_argument("--json", action="store_true", help="all figures as one JSON document")
    out.add_argument("--plot", metavar="OUT.png", type=Path, help="a picture of them (needs requirements/bench.lock)")
    out.add_argument(
        "--update", metavar="FILE.md[#NAME]", help="write them into a document, between its marks (default: #bench)"
    )
    out.add_argument("--proof", action="store_true", help="also compare what slim and stock model find")


def run(args: argparse.Namespace) -> int:
    """Run the bench."""
    plan = _plan(args)
    block = _block(args)
    if args.soak is not None:
        return _soak(args, plan, block)
    from edge.bench import report  # noqa: PLC0415 - everything heavy is for this command alone
    from edge.bench.plot import plot  # noqa: PLC0415
    from edge.bench.run import Bench, plan_config  # noqa: PLC0415
    from edge.plotting import check_plot  # noqa: PLC0415

    plan_config(plan)  # every mistake now, rather than after some minutes
    if args.plot:
        check_plot(args.plot)
    with _shown() as on_progress:
        results = Bench(plan, on_progress=on_progress, proof=args.proof).run()
    if args.json:
        print(json.dumps(report.as_dict(results, plan), ensure_ascii=False, indent=1))
    else:
        from rich.console import Console  # noqa: PLC0415 - slow to import

        report.show(results, plan, Console(width=None if sys.stdout.isatty() else _WIDE))
    if args.plot:
        plot(results, args.plot)
    if block:
        block.write(report.markdown(results, plan, _command()))
    return 0


_WIDE: Final = 160
"""Columns of the tables in a file or pipe, which has no width of its own."""


def _soak(args: argparse.Namespace, plan: "Plan", block: "Block | None") -> int:
    from edge.bench.soak import soak  # noqa: PLC0415 - everything heavy is for this command alone

    for option in ("plot", "proof"):
        if getattr(args, option):
            raise ConfigError(f"--{option} does not go together with --soak")
    with _shown() as on_progress:
        results = soak(plan, minutes=args.soak, on_progress=on_progress)
    print(json.dumps(results.as_dict()) if args.json else results.text())
    if block:
        block.write(f"Command: `{_command()}`\n\n```text\n{results.text()}\n```")
    return 0


def _block(args: argparse.Namespace) -> "Block | None":
    if args.update is None:
        return None
    from edge.bench.document import Block  # noqa: PLC0415 - everything heavy is for this command alone

    block = Block.parse(args.update)
    block.check()
    return block


def _plan(args: argparse.Namespace) -> "Plan":
    from edge.bench.plan import DEFAULT_CONTENDERS, Plan, parse_contender  # noqa: PLC0415
    from edge.bench.scenes import DEFAULT_SCENES, SOAK_SCENE, check_scenes  # noqa: PLC0415

    _check_numbers(args)
    soaking = args.soak is not None
    names = args.contenders or (["daemon"] if soaking else DEFAULT_CONTENDERS)
    contenders = tuple(parse_contender(name) for name in dict.fromkeys(names))
    if soaking and [one.kind for one in contenders] != ["daemon"]:
        raise ConfigError("--soak is of one daemon alone: leave --contenders out, or name daemon or daemon@N")
    if args.source and args.scenes:
        raise ConfigError("--source and --scenes: give one of them")
    scenes = check_scenes(args.scenes or [])
    if not scenes and not args.source:
        scenes = (SOAK_SCENE,) if soaking else DEFAULT_SCENES
    return Plan(
        contenders=contenders,
        scenes=scenes,
        source=args.source,
        seconds=args.seconds,
        slices=args.slices,
        settle_s=args.settle,
        first_settle_s=max(args.settle, _FIRST_SETTLES * args.settle),
        inference_fps=args.inference_fps,
        landmark_rate=args.landmark_rate,
        num_poses=args.num_poses,
        cpu_quota=args.cpu_quota,
        config=args.config,
    )


_FIRST_SETTLES: Final = 3
"""A new scene takes longer to get used to than one that goes on: by so many times."""


def _check_numbers(args: argparse.Namespace) -> None:
    bounds: tuple[tuple[str, float, float], ...] = (
        ("inference_fps", 1, 60),
        ("landmark_rate", 1, 60),
        ("num_poses", 1, 4),
        ("cpu_quota", 1, 400),
        ("seconds", _LEAST_SLICE_S, 86400),
        ("slices", 1, 1000),
        ("settle", 0, 600),
        ("soak", 0.1, 7 * 24 * 60),
    )
    for name, least, most in bounds:
        value = getattr(args, name)
        if value is not None and not least <= value <= most:
            raise ConfigError(f"--{name.replace('_', '-')}: must be {least:g} to {most:g}, got {value:g}")
    if args.seconds / args.slices < _LEAST_SLICE_S:
        raise ConfigError(
            f"--seconds {args.seconds:g} in --slices {args.slices}: a turn must last {_LEAST_SLICE_S:g} s or more"
        )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _command() -> str:
    return shlex.join(["pose-edge", *sys.argv[1:]])


@contextmanager
def _shown() -> Iterator[Callable[[str, float, float], None]]:
    """Progress for people, on standard error: a bar on a terminal, rare lines elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415 - slow to import, for terminals only
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (BarColumn(), TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as display:
            task = display.add_task("starting")
            yield lambda text, done, total: display.update(task, description=text, completed=done, total=total)
    else:
        yield _Lines().tell


class _Lines:
    def __init__(self) -> None:
        self._next_s = 0.0

    def tell(self, text: str, done_s: float, total_s: float) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + REPORT_PERIOD_S
            print(f"{done_s:.0f} of {total_s:.0f} s: {text}", file=sys.stderr, flush=True)
