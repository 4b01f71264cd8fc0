"""`pose-edge fleet` as an operator runs it: encrypted, with the site's authority and a password."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.conftest import Site
from support.broker import Listener, wait_until
from support.daemon import RunningDaemon

COMMAND = """
import argparse, importlib, sys
command = importlib.import_module("edge.cli." + sys.argv.pop(1))
parser = argparse.ArgumentParser()
command.configure(parser)
sys.exit(command.run(parser.parse_args()))
"""

OFTEN = {"POSE_EDGE_PUBLISH_HEALTH_INTERVAL_S": "1"}


def called(name: str, site: Site, *arguments: str) -> list[str]:
    return [sys.executable, "-c", COMMAND, name, "--config", str(site.operator), *arguments]


def fleet(site: Site, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(called("fleet", site, *arguments), capture_output=True, text=True, check=False)


@contextmanager
def boxes(site: Site, number: int) -> Iterator[None]:
    """So many virtual boxes, all of which have said how they are."""
    command = called("simulate", site, "--boxes", str(number), "--rate", "0", "--seconds", "0")
    with Listener(site.broker.port, login=("operator", "secret")) as listener:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | OFTEN,
        )
        try:
            wait_until(
                lambda: len({one.topic for one in listener.messages("health")}) == number, "all boxes", within_s=30
            )
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def test_a_real_box_and_fifty_virtual_ones_are_shown_over_an_encrypted_line(site: Site, bundle: Path) -> None:
    assert bundle.exists()
    real = RunningDaemon("--config", site.operator, "--source", "studio", "--device", "real", environ=OFTEN)
    with boxes(site, 50), real, Listener(site.broker.port, login=("operator", "secret")) as listener:
        wait_until(lambda: any(one.topic == "pose-edge/real/health" for one in listener.received), "it", within_s=60)
        done = fleet(site, "--json", "--for", "2")
        table = fleet(site, "--for", "2").stdout
    assert done.returncode == 0, done.stderr
    shown = {box["device"]: box for box in map(json.loads, done.stdout.splitlines())}
    assert len(shown) == 51
    assert {box["status"] for box in shown.values()} == {"online"}
    assert shown["real"]["camera"] == "online"
    assert "51 of 51 boxes" in table


def test_a_broker_of_another_authority_is_not_believed(site: Site) -> None:
    site.operator.write_text(site.operator.read_text().replace("ca.crt", "other.crt"))
    done = fleet(site, "--json", "--for", "2")
    assert done.returncode == 9
    assert "certificate" in done.stderr
    assert done.stdout == ""


def test_a_wrong_password_is_one_line_that_says_so(site: Site) -> None:
    (site.operator.parent / "operator").write_text("guessed\n")
    done = fleet(site, "--json", "--for", "2")
    assert done.returncode == 9
    assert "refuses us" in done.stderr
    assert "guessed" not in done.stderr


def test_what_playbooks_ask_goes_over_the_encrypted_line(site: Site) -> None:
    with boxes(site, 1):
        question = ("look", "--config", str(site.operator), "--device", "sim-0001", "--for", "1.5")
        done = subprocess.run(
            [sys.executable, "-m", "edge.fleet", *question], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["status"], answer["health"]["outbox"]) == ("online", 0)
