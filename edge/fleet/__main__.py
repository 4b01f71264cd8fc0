"""What Ansible's playbooks ask of the broker about one box. Prints one JSON object.

  python -m edge.fleet look --config operator.toml --device hall --for 5
  python -m edge.fleet gate --config operator.toml --device hall --version 0.2.0 --for 30 --within 120

`look` listens and says what the box is like; `gate` waits until it does its work, and leaves with 9 if it does not.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Self

from edge.cli.options import add_config, load_config
from edge.errors import EdgeError, ExitCode
from edge.fleet.gate import Demands, Gate
from edge.publish.listener import Access, Listener
from edge.publish.topics import check_device
from edge.watch.box import Box
from edge.watch.inbox import Inbox
from edge.watch.reading import read

if TYPE_CHECKING:
    from edge.config import Config

_LOOK_S: Final = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one question and return the exit code."""
    args = _parser().parse_args(arguments)
    try:
        config = load_config(args, {})
        check_device(args.device)
        answer = _gate(args, config) if args.question == "gate" else _look(args, config)
    except EdgeError as error:
        sys.stderr.write(f"pose-edge: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(answer) + "\n")
    return ExitCode.OK if answer["ok"] else ExitCode.UNHEALTHY


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge.fleet", description=__doc__)
    questions = parser.add_subparsers(dest="question", required=True)
    for name in ("look", "gate"):
        question = questions.add_parser(name)
        add_config(question)
        question.add_argument("--device", required=True, metavar="ID")
        question.add_argument("--for", dest="for_s", type=float, required=True, metavar="S")
        if name == "gate":
            question.add_argument("--version", required=True)
            question.add_argument("--within", dest="within_s", type=float, required=True, metavar="S")
            question.add_argument("--least-fps", type=float, required=True)
            question.add_argument("--least-uptime", type=float, default=0.0, metavar="S")
            question.add_argument("--health-interval", type=float, required=True, metavar="S")
            question.add_argument("--people", action="store_true", help="somebody must be seen")
    return parser


class _Ear:
    """One box's messages as they come. Use as a context manager."""

    def __init__(self, config: "Config", device: str) -> None:
        self._prefix = config.mqtt.topic_prefix
        self._inbox = Inbox()
        filters = [(f"{self._prefix}/{device}/{kind}", 1) for kind in ("status", "camera", "state", "health")]
        access = Access.configured(config.mqtt)
        self.listener = Listener(access=access, filters=filters, on_message=self._inbox.put)

    def __enter__(self) -> Self:
        self.listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    def hear(self, *takers: Box | Gate) -> None:
        """Hand on what has come, after a short wait."""
        time.sleep(_LOOK_S)
        for heard in self._inbox.take():
            if message := read(heard, self._prefix):
                for taker in takers:
                    taker.take(message)

    @property
    def trouble(self) -> list[str]:
        """Why nothing can be heard."""
        link = self.listener.link
        return [link.trouble or "the broker does not answer"] if link.trouble or not link.connected else []


def _gate(args: argparse.Namespace, config: "Config") -> dict[str, Any]:
    demands = Demands(
        version=args.version,
        least_fps=args.least_fps,
        for_s=args.for_s,
        health_interval_s=args.health_interval,
        people=args.people,
        least_uptime_s=args.least_uptime,
    )
    gate = Gate(args.device, demands)
    began_s = time.monotonic()
    with _Ear(config, args.device) as ear:
        while True:
            ear.hear(gate)
            now_s = time.monotonic()
            passed = gate.passed(now_s)
            if passed or gate.hopeless or now_s - began_s > args.within_s:
                missing = ear.trouble or gate.missing(now_s) or ["it did not stay well for long enough"]
                facts = {"device": args.device, "seconds": round(now_s - began_s, 1), "starts": gate.starts}
                return {"ok": passed, **facts, "missing": [] if passed else missing}


def _look(args: argparse.Namespace, config: "Config") -> dict[str, Any]:
    box = Box(args.device)
    people = 0
    until_s = time.monotonic() + args.for_s
    with _Ear(config, args.device) as ear:
        while time.monotonic() < until_s:
            ear.hear(box)
            people = max(people, box.people or 0)
        if ear.trouble:
            return {"ok": False, "device": args.device, "missing": ear.trouble}
    return {
        "ok": True,
        "device": args.device,
        "status": box.status or "unknown",
        "camera": box.camera or "unknown",
        "people": people,
        "fall": "ON" if box.fallen and box.status == "online" else "OFF",
        "health": box.health,
    }


if __name__ == "__main__":
    sys.exit(main())
