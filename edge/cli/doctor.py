"""Checks this box: processor, libraries, model, camera, broker, clock, heat, disk, service and sandbox.

Each line says ok, warn or fail, what was found, and what to do. Safe while the daemon runs. Exit code 0 if nothing
failed, 9 if something did.

  pose-edge doctor
  pose-edge doctor --json | jq '.findings[] | select(.level != "ok")'
  pose-edge doctor --source studio --broker 127.0.0.1          on a PC
"""

import argparse
import json
from typing import Final

from edge.cli.options import add_box, add_config, load_config
from edge.errors import ExitCode

SUMMARY: Final = "check this box and say what to do"

_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_config(parser)
    add_box(parser)
    parser.add_argument("--broker", metavar="HOST[:PORT]", help="MQTT broker instead of the configured one")
    parser.add_argument("--json", action="store_true", help="one JSON object: the worst level and all findings")


def run(args: argparse.Namespace) -> int:
    """Examine the box."""
    from edge.doctor.examination import examine  # noqa: PLC0415 - OpenCV and MediaPipe are for this command alone
    from edge.doctor.finding import Level, worst  # noqa: PLC0415

    config = load_config(args, {"source.uri": args.source, "device.id": args.device, "mqtt.broker": args.broker})
    findings = []
    for finding in examine(config):
        findings.append(finding)
        if not args.json:
            _print(finding.level.value, finding.check, finding.text, finding.remedy)
    level = worst(findings)
    if args.json:
        print(json.dumps({"level": level.value, "findings": [finding.as_dict() for finding in findings]}, indent=2))
    return ExitCode.UNHEALTHY if level is Level.FAIL else ExitCode.OK


def _print(level: str, check: str, text: str, remedy: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import, and only this needs it

    console = Console(highlight=False, soft_wrap=True)
    style = _STYLES[level]
    console.print(f"[{style}]{level:4}[/]  {check:12} ", end="")
    console.print(text, markup=False)
    if remedy:
        console.print(f"{'':20}-> {remedy}", markup=False)
