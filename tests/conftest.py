"""What all tests share: the model, and the rule that a run can forbid skipping."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from edge.detect.bundles import bundle_path


@pytest.fixture(scope="session")
def bundle() -> Path:
    """Give the slim lite bundle that `make env` has fetched."""
    return bundle_path("lite")


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
