"""What all tests share: the model, and the rule that a run can forbid skipping."""

import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from support.broker import Broker, find_mosquitto
from support.described import validate_publishers

from edge.detect.bundles import bundle_path
from edge.errors import ModelError

_LABS = {"arm": "POSE_EDGE_ARM_LAB", "appliance": "POSE_EDGE_APPLIANCE_LAB"}
collect_ignore = [folder for folder, lab in _LABS.items() if lab not in os.environ]
"""What needs a laboratory takes minutes: `make test-arm` and `make test-appliance` build it first."""


@pytest.fixture(scope="session", autouse=True)
def _interrupts_arrive() -> None:
    """A shell has what it starts in the background ignore SIGINT, and so would every program that a test interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def bundle() -> Path:
    """Give the slim bundle that `make env` has fetched: lite, or full where nothing else could be had."""
    try:
        return bundle_path("lite")
    except ModelError:
        return bundle_path("full")


@pytest.fixture(autouse=True)
def _every_document_follows_its_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test's publisher sends is what the schemas say."""
    if "edge.publish.publisher" in sys.modules:
        validate_publishers(monkeypatch)


@pytest.fixture
def idle_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that has a port and does not run yet."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: nothing was tested against a real broker")
    broker = Broker(tmp_path)
    yield broker
    broker.stop()


@pytest.fixture
def broker(idle_broker: Broker) -> Broker:
    idle_broker.start()
    return idle_broker


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,  # noqa: ARG001 - pytest's signature
    call: pytest.CallInfo[None],  # noqa: ARG001
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With POSE_EDGE_TESTS_SKIP_NOTHING set, a skipped test has failed."""
    report = yield
    if report.skipped and os.environ.get("POSE_EDGE_TESTS_SKIP_NOTHING"):
        report.outcome = "failed"
    return report
