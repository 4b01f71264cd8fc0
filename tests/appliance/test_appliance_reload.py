"""Configuration that changes under the service at work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from appliance.box import Box, Network
from appliance.hearing import health, health_when


@pytest.fixture
def toml(box: Box) -> Iterator[Path]:
    """The service's configuration file; afterwards it is as it was."""
    path = box.root / "etc/pose-edge/pose-edge.toml"
    before = path.read_text()
    yield path
    path.write_text(before)
    box.sh("systemctl restart pose-edge", within_s=60)


def test_a_wrong_file_is_refused_and_the_old_one_stays(box: Box, network: Network, toml: Path) -> None:
    process, good = box.property("MainPID"), toml.read_text()
    toml.write_text(good.replace('uri = "studio"', 'uri = "studio"\nfpz = 30'))
    box.sh("systemctl reload pose-edge")
    told = health_when(network, lambda told: told["config"] != "ok")
    assert told["config"].startswith("refused: ")
    assert "source.fpz" in told["config"]
    assert "configuration refused" in box.property("StatusText")
    assert "source.fpz" in box.sh("journalctl -u pose-edge -p err --no-pager -n 5")
    assert (box.property("ActiveState"), box.property("MainPID")) == ("active", process)
    assert health(network)["fps_published"] > 5
    toml.write_text(good)
    box.sh("systemctl reload pose-edge")
    assert health_when(network, lambda told: told["config"] == "ok")["uptime_s"] > 0


def test_a_good_file_is_in_force_without_a_restart(box: Box, network: Network, toml: Path) -> None:
    process = box.property("MainPID")
    toml.write_text(toml.read_text() + "landmark_rate_hz = 4\n[pace]\nmax_inference_fps = 6\n[track]\nbirth_hits = 4\n")
    box.sh("systemctl reload pose-edge")
    told = health_when(network, lambda told: told["fps_published"] < 6 and told["fps_inferred"] < 8)
    assert told["config"] == "restart needed: track.birth_hits"
    assert (box.property("ActiveState"), box.property("MainPID")) == ("active", process)


def test_the_journal_has_fields_and_priorities(box: Box) -> None:
    lines = box.sh("journalctl -u pose-edge --no-pager -o verbose LOGGER=edge.daemon")
    assert "watching studio" in lines
    assert "THREAD_NAME=MainThread" in lines
    assert "SYSLOG_IDENTIFIER=pose-edge" in lines
    assert "watching studio" not in box.sh("journalctl -u pose-edge --no-pager -p warning")
