"""What a broker keeps of a box is gone once the box is forgotten."""

import json

import pytest
from fleet.conftest import Site
from paho.mqtt import publish
from support.broker import Listener

from edge.fleet.forget import main

LOGIN = ("operator", "secret")
OWN = (
    "pose-edge/hall/status",
    "pose-edge/hall/state",
    "pose-edge/hall/health",
    "homeassistant/device/pose-edge-hall/config",
)


def keep(site: Site, *topics: str) -> None:
    auth: publish.AuthParameter = {"username": LOGIN[0], "password": LOGIN[1]}
    publish.multiple(
        [{"topic": topic, "payload": "x", "qos": 1, "retain": True} for topic in topics],
        port=site.broker.port,
        auth=auth,
    )


def kept(site: Site) -> set[str]:
    with Listener(site.broker.port, login=LOGIN) as listener:
        keep(site, "all/heard")
        listener.wait_for_number("heard", 1)
        return {one.topic for one in listener.received if one.retained and one.payload}


def test_all_of_one_box_is_removed_and_nothing_of_the_others(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, *OWN, "pose-edge/hall2/status", "homeassistant/device/pose-edge-hall2/config")
    assert main(["--config", str(site.operator), "--device", "hall"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["removed"], answer["left"]) == (sorted(OWN), [])
    assert kept(site) == {"pose-edge/hall2/status", "homeassistant/device/pose-edge-hall2/config"}


def test_a_box_of_which_nothing_is_kept_is_no_error(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(site.operator), "--device", "hall"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == []


def test_a_refusal_is_one_line_without_the_password(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    (site.operator.parent / "operator").write_text("guessed\n")
    assert main(["--config", str(site.operator), "--device", "hall"]) == 8
    said = capsys.readouterr().err
    assert "refuses us" in said
    assert "guessed" not in said


def test_a_broker_that_is_away_is_one_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.broker.stop()
    assert main(["--config", str(site.operator), "--device", "hall"]) == 8
    assert "cannot connect to broker" in capsys.readouterr().err


def test_a_name_that_is_none_is_refused_before_anything_is_asked(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(site.operator), "--device", "#"]) == 2
    assert "device id '#'" in capsys.readouterr().err
