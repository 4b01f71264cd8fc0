"""The bench itself, with the real model and broker: that its figures add up, not how fast anything is."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from edge.bench.broker import BrokerProcess
from edge.bench.child import ChildSpec
from edge.bench.errors import BenchError
from edge.bench.floor import measure_floor
from edge.bench.plan import Plan, parse_contender
from edge.bench.plot import plot
from edge.bench.results import Results, Row
from edge.bench.rival import Rival
from edge.bench.run import Bench
from edge.bench.soak import soak
from edge.detect.bundles import bundle_path
from edge.errors import ExitCode, ModelError
from edge.pace.governor import CALM_FPS


def silent(_what: str, _done_s: float, _total_s: float) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def results() -> Results:
    try:
        bundle_path("lite", masks=True)
    except ModelError as missing:
        pytest.skip(f"the lite model is not here, so nothing was measured: {missing}")
    plan = Plan(
        contenders=tuple(map(parse_contender, ("stock", "bare", "daemon@10"))),
        scenes=("still",),
        seconds=2.0,
        slices=1,
        settle_s=1.0,
        first_settle_s=1.0,
        landmark_rate=10,
    )
    return Bench(plan, on_progress=silent, proof=True).run()


@pytest.fixture(scope="module")
def still(results: Results) -> dict[str, Row]:
    return {row.contender: row for row in results.scenes["still"]}


def test_every_contender_has_a_row(still: dict[str, Row]) -> None:
    assert list(still) == ["stock", "bare", "daemon@10"]


@pytest.mark.parametrize("name", ["stock", "bare", "daemon@10"])
def test_cost_a_second_is_cost_a_run_times_runs_a_second(still: dict[str, Row], name: str) -> None:
    row = still[name]
    assert row.cpu_ms_per_s
    assert row.cpu_ms_per_run
    assert row.inferred_hz
    assert 10 < row.cpu_ms_per_s < 2000
    assert row.cpu_ms_per_run * row.inferred_hz == pytest.approx(row.cpu_ms_per_s, rel=0.3)


def test_the_loops_run_the_model_on_frames_of_the_camera_and_on_no_more(still: dict[str, Row]) -> None:
    for name in ("stock", "bare"):
        assert 5 < (still[name].inferred_hz or 0) <= 32
        assert still[name].published_hz is None


def test_the_daemon_publishes_what_it_promises_at_the_model_runs_it_was_given(still: dict[str, Row]) -> None:
    row = still["daemon@10"]
    assert 0 < (row.inferred_hz or 0) <= 11.5
    assert 5 < (row.published_hz or 0) <= 11.5
    assert 0 < (row.age_p50_ms or 0) < 1000
    assert row.rss_mb > 20
    assert row.threads >= 3


def test_who_stands_still_is_at_rest_before_anything_is_measured(still: dict[str, Row]) -> None:
    assert (still["daemon@10"].inferred_hz or 0) <= 1.5 * CALM_FPS


def test_the_stock_loop_is_its_own_measure(still: dict[str, Row]) -> None:
    assert (still["stock"].cpu_to_stock, still["bare"].run_to_bare) == (1, 1)
    assert still["daemon@10"].cpu_to_stock
    assert still["daemon@10"].run_to_bare


def test_looking_for_motion_costs_less_than_looking_for_people(results: Results, still: dict[str, Row]) -> None:
    assert 0 < results.motion_ms < (still["bare"].cpu_ms_per_run or 0)


def test_the_bundles_are_compared_when_asked(results: Results) -> None:
    assert results.proof
    assert "differ in 0" in results.proof


def test_a_soak_samples_the_daemon_over_time() -> None:
    plan = Plan(contenders=(parse_contender("daemon"),), scenes=("still",))
    found = soak(plan, minutes=0.03, on_progress=silent, sample_s=0.6, settle_s=0.6)
    assert len(found.samples) == 4
    assert found.samples[0].t_s == pytest.approx(0, abs=0.3)
    assert found.samples[-1].cpu_s > found.samples[0].cpu_s
    assert all(sample.threads >= 3 and sample.descriptors >= 5 for sample in found.samples)
    assert found.rss_slope_mb_per_h is not None
    assert "MB/h" in found.text()


def test_a_contender_that_cannot_start_says_why(tmp_path: Path) -> None:
    spec = ChildSpec(kind="bare", fps=30, overrides={"source.uri": "studio", "detect.model_dir": str(tmp_path)})
    with pytest.raises(BenchError, match=r"contender bare: .*no such model bundle") as refused, Rival("bare", spec):
        pass
    assert refused.value.exit_code is ExitCode.MODEL


def test_without_mosquitto_the_demos_broker_carries_the_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with BrokerProcess() as broker:
        assert (broker.name, broker.protocol) == ("amqtt", "3.1.1")
        assert broker.port > 0


@pytest.mark.skipif(find_spec("ai_edge_litert") is None, reason="LiteRT is not installed: no network ran alone")
def test_the_slim_network_alone_costs_less_than_the_stock_one(bundle: Path) -> None:
    floor = measure_floor(bundle.with_name(bundle.name.replace("-slim", "")))
    assert floor
    assert 0 < floor.landmarks_slim_ms < floor.landmarks_stock_ms
    assert floor.detector_ms > 0


def test_without_litert_the_floor_is_left_out(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    assert measure_floor(bundle) is None


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="matplotlib is not installed: nothing was drawn")
def test_the_plot_is_a_png(results: Results, tmp_path: Path) -> None:
    target = tmp_path / "bench.png"
    plot(results, target)
    assert target.read_bytes().startswith(b"\x89PNG")
