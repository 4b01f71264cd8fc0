"""Certificates that the doctor believes, and those it does not."""

from pathlib import Path

import pytest
from publish.test_tls import authority, certificate, encrypted, line
from support.broker import find_mosquitto

from edge.doctor.broker import visit_broker
from edge.doctor.finding import Finding, Level
from edge.publish.address import BrokerAddress
from edge.publish.topics import Topics

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed: TLS was not tested")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two authorities, and certificates of the first."""
    folder = tmp_path_factory.mktemp("papers")
    for name in ("ca", "stranger"):
        authority(folder, name)
    certificate(folder, "right", by="ca", alternative="IP:127.0.0.1")
    certificate(folder, "misnamed", by="ca", alternative="DNS:elsewhere.example")
    certificate(folder, "expired", by="ca", alternative="IP:127.0.0.1", expired=True)
    return folder


def found(folder: Path, papers: Path, *, shown: str = "right", trusted: str = "ca") -> tuple[Finding, ...]:
    broker, port = encrypted(folder, papers, shown, "allow_anonymous true")
    with broker:
        report = visit_broker(BrokerAddress("127.0.0.1", port), Topics("bar1"), None, line(papers, trusted))
    return report.findings


def test_a_good_certificate_is_told_with_the_days_it_has_left(tmp_path: Path, papers: Path) -> None:
    findings = found(tmp_path, papers)
    assert [finding.level for finding in findings] == [Level.OK] * 3
    assert findings[0].check == "tls"
    assert "good for 30 days" in findings[0].text


def test_a_certificate_that_expires_soon_is_a_warning(
    tmp_path: Path, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.doctor.broker._SOON_DAYS", 40)
    findings = found(tmp_path, papers)
    assert findings[0].level is Level.WARN
    assert "expires in 30 days" in findings[0].text
    assert len(findings) == 3


@pytest.mark.parametrize(
    ("shown", "trusted", "said"),
    [("expired", "ca", "expired"), ("misnamed", "ca", "mismatch"), ("right", "stranger", "self-signed")],
)
def test_a_certificate_not_to_be_trusted_fails_and_says_why(
    tmp_path: Path, papers: Path, shown: str, trusted: str, said: str
) -> None:
    (one,) = found(tmp_path, papers, shown=shown, trusted=trusted)
    assert (one.check, one.level) == ("tls", Level.FAIL)
    assert said in one.text
    assert "mqtt.ca_file" in one.remedy
