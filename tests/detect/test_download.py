import hashlib
from pathlib import Path

import pytest
from support.mirror import Fault, Mirror

from edge.detect.download import Downloader, Patience, UnavailableError, environ_for_downloads
from edge.detect.manifest import Part, Pin
from edge.detect.progress import Silence, Unit
from edge.detect.runtime import NO_PROXY_TO_ANYWHERE

CONTENT = hashlib.shake_256(b"a part").digest(700_000)
HALF = 327_680


def pinned(content: bytes) -> Part:
    return Part(file="part.tflite", pin=Pin(hashlib.sha256(content).hexdigest(), len(content)), members={})


PART = pinned(CONTENT)


class Waits:
    """Takes the place of sleeping, and remembers for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "part.tflite.part"


def download(mirror: Mirror, target: Path, waits: Waits, *, timeout_s: float = 5.0) -> None:
    downloader = Downloader(patience=Patience(timeout_s=timeout_s), sleep=waits)
    downloader.download(mirror.url + "part.tflite", PART, target, Silence())


@pytest.fixture(autouse=True)
def _serve_the_part(mirror: Mirror) -> None:
    mirror.files["part.tflite"] = CONTENT


def test_a_part_arrives_whole(mirror: Mirror, target: Path, waits: Waits) -> None:
    download(mirror, target, waits)
    assert target.read_bytes() == CONTENT
    assert waits.seconds == []


def test_a_broken_download_goes_on_where_it_broke(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(cut_after=HALF)]
    download(mirror, target, waits)
    assert target.read_bytes() == CONTENT
    assert mirror.requests == [("/part.tflite", None), ("/part.tflite", f"bytes={HALF}-")]


def test_a_download_that_keeps_breaking_goes_on_as_long_as_it_moves(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(cut_after=65_536)] * 9
    download(mirror, target, waits)
    assert target.read_bytes() == CONTENT
    assert waits.seconds == [1.0] * 9


def test_a_server_without_ranges_is_asked_for_everything_again(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(cut_after=HALF), Fault(ignore_range=True)]
    download(mirror, target, waits)
    assert target.read_bytes() == CONTENT


def test_a_file_exchanged_in_the_middle_is_fetched_from_its_start(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(content=bytes(len(CONTENT)), cut_after=HALF)]
    download(mirror, target, waits)
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in mirror.requests] == [None, f"bytes={HALF}-", None]


def test_a_server_that_falls_silent_is_asked_again(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(stall_after=HALF)]
    download(mirror, target, waits, timeout_s=0.3)
    assert target.read_bytes() == CONTENT
    assert len(mirror.requests) == 2


def test_a_slow_server_is_waited_for(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(pause_s=0.05)]
    download(mirror, target, waits, timeout_s=0.3)
    assert target.read_bytes() == CONTENT
    assert len(mirror.requests) == 1


def test_an_overloaded_server_gets_a_second_chance(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(status=503)]
    download(mirror, target, waits)
    assert target.read_bytes() == CONTENT
    assert waits.seconds == [1.0]


def test_a_server_that_stays_overloaded_is_given_up_soon(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(status=503)] * 9
    with pytest.raises(UnavailableError, match=r"part.tflite: HTTP 503 .*\(2 attempts\)"):
        download(mirror, target, waits)


def test_a_server_that_dies_half_way_is_given_up_after_longer_and_longer_waits(
    mirror: Mirror, target: Path, waits: Waits
) -> None:
    mirror.faults = [Fault(cut_after=HALF), *[Fault(status=503)] * 9]
    with pytest.raises(UnavailableError, match="5 attempts"):
        download(mirror, target, waits)
    assert waits.seconds == [1.0, 2.0, 4.0, 8.0]


def test_what_is_not_there_is_not_asked_for_twice(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.files.clear()
    with pytest.raises(UnavailableError, match="HTTP 404"):
        download(mirror, target, waits)
    assert len(mirror.requests) == 1


def test_a_redirect_is_followed(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.files["elsewhere"] = mirror.files.pop("part.tflite")
    mirror.faults = [Fault(location="/elsewhere")]
    download(mirror, target, waits)
    assert target.read_bytes() == CONTENT


def test_a_redirect_to_a_local_file_is_not_followed(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.faults = [Fault(location="file:///etc/passwd")]
    with pytest.raises(UnavailableError):
        download(mirror, target, waits)


def test_wrong_bytes_are_refused_with_both_hashes(mirror: Mirror, target: Path, waits: Waits) -> None:
    wrong = bytes(len(CONTENT))
    mirror.files["part.tflite"] = wrong
    with pytest.raises(UnavailableError) as caught:
        download(mirror, target, waits)
    assert hashlib.sha256(wrong).hexdigest() in str(caught.value)
    assert PART.pin.sha256 in str(caught.value)
    assert not target.exists()


def test_more_bytes_than_pinned_are_not_taken(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.files["part.tflite"] = CONTENT + b"!" * 10_000_000
    with pytest.raises(UnavailableError, match="more than the 700000 bytes"):
        download(mirror, target, waits)
    assert not target.exists()


def test_fewer_bytes_than_pinned_are_refused(mirror: Mirror, target: Path, waits: Waits) -> None:
    mirror.files["part.tflite"] = CONTENT[:1000]
    with pytest.raises(UnavailableError, match="ended after 1000 of 700000 bytes"):
        download(mirror, target, waits)


def test_a_refused_connection_is_reported_in_words(target: Path, waits: Waits) -> None:
    with Mirror() as gone:
        url = gone.url
    with pytest.raises(UnavailableError, match="Connection refused"):
        Downloader(sleep=waits).download(url + "part.tflite", PART, target, Silence())


@pytest.mark.parametrize("url", ["http://", "http://127.0.0.1:notaport/x", "ftp://127.0.0.1/x", "http://[/x"])
def test_an_address_that_is_none_is_reported(url: str, target: Path, waits: Waits) -> None:
    with pytest.raises(UnavailableError, match=r"part\.tflite: "):
        Downloader(sleep=waits).download(url, PART, target, Silence())


def test_the_proxy_of_the_environment_is_used(
    mirror: Mirror, target: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", mirror.url)
    monkeypatch.delenv("no_proxy", raising=False)
    mirror.files["http://models.test/part.tflite"] = CONTENT
    Downloader(sleep=waits).download("http://models.test/part.tflite", PART, target, Silence())
    assert mirror.requests == [("http://models.test/part.tflite", None)]


def test_the_proxy_that_cuts_off_telemetry_is_not_used(
    mirror: Mirror, target: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", NO_PROXY_TO_ANYWHERE)
    download(mirror, target, waits)
    assert target.read_bytes() == CONTENT
    assert environ_for_downloads({"https_proxy": NO_PROXY_TO_ANYWHERE, "HOME": "/"}) == {"HOME": "/"}


def test_progress_rises_to_the_whole(mirror: Mirror, target: Path, waits: Waits) -> None:
    heard: list[int] = []

    class Ear(Silence):
        def advance(self, what: str, done: int, total: int, unit: Unit) -> None:
            assert (what, total, unit) == ("part.tflite", len(CONTENT), "bytes")
            heard.append(done)

    Downloader(sleep=waits).download(mirror.url + "part.tflite", PART, target, Ear())
    assert heard == sorted(heard)
    assert heard[-1] == len(CONTENT)
