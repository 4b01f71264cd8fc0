import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.mirror import Mirror
from support.models import Parts

from edge.detect.bundles import path_of, sha256_of
from edge.detect.download import Downloader, UnavailableError
from edge.detect.manifest import load_manifest
from edge.detect.progress import Silence
from edge.detect.shelf import Shelf
from edge.detect.sources import HttpSupplier, LocalSupplier, MirrorSupplier, PackageSupplier, supplier_for

MANIFEST = load_manifest()
LITE, FULL = MANIFEST.model("lite"), MANIFEST.model("full")
HTTP, NPM, PIP = MANIFEST.sources
DETECTOR, LANDMARKS = LITE.detectors[0], LITE.landmarks[0]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only npm there is: a script to be written."""
    folder = tmp_path / "bin"
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text("#!/bin/sh\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return npm


def test_a_folder_of_parts_will_do(parts: Parts, shelf: Shelf, tmp_path: Path) -> None:
    LocalSupplier(parts.copy(LITE, tmp_path / "usb")).supply(LITE, shelf, Silence())
    assert shelf.missing(LITE) == []


def test_parts_are_known_by_their_content_whatever_they_are_called(parts: Parts, shelf: Shelf, tmp_path: Path) -> None:
    folder = parts.copy(LITE, tmp_path / "usb")
    (folder / DETECTOR.file).rename(folder / "a.bin")
    (folder / LANDMARKS.file).rename(folder / "b.bin")
    (folder / "notes.txt").write_text("not a model")
    LocalSupplier(folder).supply(LITE, shelf, Silence())
    assert shelf.missing(LITE) == []


def test_the_npm_package_as_a_file_will_do(parts: Parts, shelf: Shelf) -> None:
    LocalSupplier(parts.package).supply(LITE, shelf, Silence())
    assert shelf.missing(LITE) == []


def test_a_zip_will_do(parts: Parts, shelf: Shelf, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "models.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in parts.copy(LITE, tmp_path / "usb").iterdir():
            archive.write(path, f"deep/inside/{path.name}")
    LocalSupplier(tmp_path / "models.whl").supply(LITE, shelf, Silence())
    assert shelf.missing(LITE) == []


def test_the_bundle_of_another_box_will_do(models: Path, shelf: Shelf) -> None:
    LocalSupplier(path_of("lite", "stock", models)).supply(LITE, shelf, Silence())
    assert shelf.has(LITE.bundle)
    assert shelf.missing(LITE) == []


def test_the_bundle_of_another_model_will_not(models: Path, shelf: Shelf) -> None:
    with pytest.raises(UnavailableError, match=r"holds no full\.task nor pose_detection.* and pose_landmark_full"):
        LocalSupplier(path_of("lite", "stock", models)).supply(FULL, shelf, Silence())


def test_a_damaged_part_is_named_with_both_hashes(parts: Parts, shelf: Shelf, tmp_path: Path) -> None:
    folder = parts.copy(LITE, tmp_path / "usb")
    damaged = folder / LANDMARKS.file
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(UnavailableError) as caught:
        LocalSupplier(folder).supply(LITE, shelf, Silence())
    for piece in (LANDMARKS.file, sha256_of(damaged), LANDMARKS.pin.sha256):
        assert piece in str(caught.value)
    assert shelf.has(DETECTOR)
    assert not shelf.has(LANDMARKS)


@pytest.mark.parametrize("name", ["lite.task", "package.tgz", "pose_landmark_lite.tflite"])
def test_rubbish_is_refused_in_one_line(shelf: Shelf, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"<html>Please log in</html>" * 1000)
    with pytest.raises(UnavailableError) as caught:
        LocalSupplier(tmp_path / name).supply(LITE, shelf, Silence())
    assert "\n" not in str(caught.value)


def test_an_archive_cut_short_is_refused(parts: Parts, shelf: Shelf, tmp_path: Path) -> None:
    cut = tmp_path / "package.tgz"
    cut.write_bytes(parts.package.read_bytes()[:5_000_000])
    with pytest.raises(UnavailableError, match=r"cannot be read"):
        LocalSupplier(cut).supply(LITE, shelf, Silence())


def test_a_member_that_only_claims_the_right_size_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo(f"../../{LANDMARKS.file}")
        member.size = LANDMARKS.pin.size
        with Path("/dev/zero").open("rb") as zeros:
            archive.addfile(member, zeros)
    with pytest.raises(UnavailableError, match=LANDMARKS.pin.sha256):
        LocalSupplier(path).supply(LITE, shelf, Silence())
    assert not (tmp_path.parent / LANDMARKS.file).exists()


def test_a_path_that_is_not_there_is_said(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no such file or folder"):
        LocalSupplier(tmp_path / "nowhere").supply(LITE, shelf, Silence())


def test_a_web_server_with_the_manifests_layout_is_asked_for_what_is_missing(
    parts: Parts, shelf: Shelf, mirror: Mirror
) -> None:
    for part in (DETECTOR, LANDMARKS):
        mirror.files[part.members["mediapipe"]] = parts.shelf.read(part)
    shelf.scratch(DETECTOR).write_bytes(parts.detector())
    shelf.accept(DETECTOR)
    source = type(HTTP)(name="mediapipe", kind="http", url=mirror.url)
    HttpSupplier(source, Downloader()).supply(LITE, shelf, Silence())
    assert shelf.missing(LITE) == []
    assert [path for path, _ in mirror.requests] == ["/pose_landmark/pose_landmark_lite.tflite"]


def test_a_mirror_with_the_bundle_is_asked_for_that_alone(models: Path, shelf: Shelf, mirror: Mirror) -> None:
    mirror.files["models/lite.task"] = path_of("lite", "stock", models).read_bytes()
    MirrorSupplier(mirror.url + "models", Downloader()).supply(LITE, shelf, Silence())
    assert shelf.has(LITE.bundle)
    assert [path for path, _ in mirror.requests] == ["/models/lite.task"]


def test_the_bundles_own_address_will_do(models: Path, shelf: Shelf, mirror: Mirror) -> None:
    mirror.files["lite.task"] = path_of("lite", "stock", models).read_bytes()
    MirrorSupplier(mirror.url + "lite.task", Downloader()).supply(LITE, shelf, Silence())
    assert shelf.has(LITE.bundle)


def test_a_mirror_with_the_parts_will_do(parts: Parts, shelf: Shelf, mirror: Mirror) -> None:
    mirror.files |= {part.file: parts.shelf.read(part) for part in (DETECTOR, LANDMARKS)}
    MirrorSupplier(mirror.url, Downloader()).supply(LITE, shelf, Silence())
    assert shelf.missing(LITE) == []


def test_from_takes_an_address_or_a_path(tmp_path: Path) -> None:
    assert isinstance(supplier_for("https://models.test/pose", Downloader()), MirrorSupplier)
    assert isinstance(supplier_for(str(tmp_path), Downloader()), LocalSupplier)


def test_a_package_is_fetched_once_for_several_models(
    parts: Parts, shelf: Shelf, tmp_path: Path, program: Path
) -> None:
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n/bin/cp {parts.package} .\n')
    supplier = PackageSupplier(NPM, tmp_path)
    supplier.supply(LITE, shelf, Silence())
    supplier.supply(FULL, shelf, Silence())
    assert shelf.missing(LITE) == shelf.missing(FULL) == []
    assert (tmp_path / "calls").read_text().count(f"pack {NPM.package}") == 1


def test_a_box_without_npm_goes_on_with_the_next_source(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="npm is not installed here"):
        PackageSupplier(NPM, tmp_path).supply(LITE, shelf, Silence())


def test_what_npm_complains_about_is_passed_on_in_one_line(shelf: Shelf, tmp_path: Path, program: Path) -> None:
    program.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\necho 'npm error network' >&2\nexit 1\n")
    with pytest.raises(UnavailableError, match="the client says: npm error code ENOTFOUND npm error network"):
        PackageSupplier(NPM, tmp_path).supply(LITE, shelf, Silence())


def test_a_package_with_other_bytes_is_refused(shelf: Shelf, tmp_path: Path, program: Path) -> None:
    shutil.copy(__file__, tmp_path / "other")
    with tarfile.open(tmp_path / "other.tgz", "w:gz") as archive:
        archive.add(__file__, "package/pose_solution_packed_assets.data")
    program.write_text(f"#!/bin/sh\n/bin/cp {tmp_path}/other.tgz package.tgz\n")
    with pytest.raises(UnavailableError, match=DETECTOR.pin.sha256):
        PackageSupplier(NPM, tmp_path).supply(LITE, shelf, Silence())


def test_a_source_without_the_model_is_not_asked_to_download_anything(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"pose_landmark_lite\.tflite is not to be had there"):
        PackageSupplier(PIP, tmp_path).supply(LITE, shelf, Silence())
    assert not (tmp_path / "package-pypi").exists()
