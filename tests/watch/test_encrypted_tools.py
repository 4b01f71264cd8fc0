"""`pose-edge watch` and `pose-edge simulate` over TLS: with the right authority they work, else they say why."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from paho.mqtt import publish
from publish.papers import encrypted, make_papers
from support.broker import find_mosquitto, wait_until

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed: TLS was not tested")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def ports(tmp_path: Path, papers: Path) -> Iterator[tuple[int, int]]:
    """The plain and the encrypted port of a broker."""
    broker, port = encrypted(tmp_path, papers)
    with broker:
        yield broker.port, port


def command(papers: Path, authority: str, *arguments: str, said: IO[str] | None = None) -> "subprocess.Popen[str]":
    variables = {"POSE_EDGE_MQTT_TLS": "true", "POSE_EDGE_MQTT_CA_FILE": str(papers / f"{authority}.pem")}
    return subprocess.Popen(
        [sys.executable, "-m", "edge", *arguments],
        env={**os.environ, **variables, "PYTHONUNBUFFERED": "1"},
        stdout=said or subprocess.PIPE,
        stderr=said or subprocess.PIPE,
        text=True,
    )


def test_watch_shows_what_comes_over_tls(ports: tuple[int, int], papers: Path) -> None:
    plain, secret = ports
    publish.single("pose-edge/hall/status", "online", qos=1, port=plain, hostname="127.0.0.1", retain=True)
    with command(papers, "ca", "watch", "--json", "--broker", f"127.0.0.1:{secret}") as watch:
        assert watch.stdout
        first = json.loads(watch.stdout.readline())
        watch.terminate()
    assert (first["device"], first["kind"], first["message"]) == ("hall", "status", "online")


def test_simulate_loses_nothing_over_tls(ports: tuple[int, int], papers: Path) -> None:
    _, secret = ports
    options = ("--boxes", "3", "--seconds", "2", "--json", "--broker", f"127.0.0.1:{secret}")
    with command(papers, "ca", "simulate", *options) as simulate:
        out, said = simulate.communicate(timeout=60)
    assert simulate.returncode == 0, said
    report = json.loads(out)
    assert (report["connected"], report["kinds"]["landmarks"]["lost"]) == (3, 0)


@pytest.mark.parametrize("tool", [("watch", "--json"), ("simulate", "--boxes", "1", "--seconds", "1")])
def test_a_broker_of_another_authority_is_refused_with_the_reason(
    ports: tuple[int, int], papers: Path, tool: tuple[str, ...], tmp_path: Path
) -> None:
    _, secret = ports
    arguments = (*tool, "--broker", f"127.0.0.1:{secret}")
    with (tmp_path / "said").open("w") as said, command(papers, "stranger", *arguments, said=said) as refused:
        wait_until(lambda: "certificate is not trusted" in (tmp_path / "said").read_text(), "the reason", within_s=60)
        refused.kill()
    assert "online" not in (tmp_path / "said").read_text()
