"""Writes whom the service may talk to, from the configuration: systemd denies it every other address.

Look-ups happen now: run it again when the broker's name points elsewhere. Then: systemctl daemon-reload, and
systemctl restart pose-edge.

  pose-edge configure-egress                    print the drop-in
  sudo pose-edge configure-egress --write       write it to /etc/systemd/system/pose-edge.service.d/egress.conf
"""

import argparse
from pathlib import Path
from typing import Final

from edge.cli.options import add_config, load_config
from edge.errors import ExitCode, OutputError

SUMMARY: Final = "let the service reach its broker, and nobody else"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    from edge.service.egress import DROP_IN  # noqa: PLC0415 - keeps the command line's start cheap

    add_config(parser)
    parser.add_argument(
        "--write",
        metavar="FILE",
        type=Path,
        nargs="?",
        const=DROP_IN,
        help="write it to a file instead of printing it (without FILE: the service's drop-in)",
    )


def run(args: argparse.Namespace) -> int:
    """Write or print the drop-in."""
    from edge.capture.rtsp import parse_rtsp  # noqa: PLC0415
    from edge.files import written_whole  # noqa: PLC0415
    from edge.publish.address import parse_broker  # noqa: PLC0415
    from edge.service.egress import drop_in, name_servers  # noqa: PLC0415

    config = load_config(args, {})
    hosts = [parse_broker(broker).host for broker in (config.mqtt.broker, *config.mqtt.more_brokers)]
    if config.source.uri.startswith(("rtsp://", "rtsps://")):
        hosts.append(parse_rtsp(config.source.uri).host)
    text = drop_in(hosts, servers=name_servers())
    if args.write is None:
        print(text, end="")
        return ExitCode.OK
    try:
        args.write.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{args.write.parent} cannot be made ({error.strerror}): run this with sudo") from None
    with written_whole(args.write) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(f"{args.write}: written; now: systemctl daemon-reload && systemctl restart pose-edge")
    return ExitCode.OK
