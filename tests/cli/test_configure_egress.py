"""The drop-in as an operator has it written."""

from pathlib import Path

import pytest

from edge.cli import main


def config(folder: Path, text: str) -> str:
    file = folder / "box.toml"
    file.write_text(text)
    return str(file)


def test_the_drop_in_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config(tmp_path, '[mqtt]\nbroker = "10.1.2.3:8883"\n')
    assert main(["configure-egress", "--config", file]) == 0
    assert "[Service]\n# 10.1.2.3\nIPAddressAllow=10.1.2.3\n" in capsys.readouterr().out


def test_a_network_camera_is_let_through_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = "rtsp://admin:secret@10.9.9.9/stream"
    file = config(tmp_path, f'[source]\nuri = "{uri}"\n[mqtt]\nbroker = "10.1.2.3"\n')
    assert main(["configure-egress", "--config", file]) == 0
    printed = capsys.readouterr().out
    assert "IPAddressAllow=10.9.9.9" in printed
    assert "secret" not in printed


def test_the_drop_in_is_written_with_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config(tmp_path, '[mqtt]\nbroker = "10.1.2.3"\n')
    target = tmp_path / "pose-edge.service.d" / "egress.conf"
    assert main(["configure-egress", "--config", file, "--write", str(target)]) == 0
    assert "IPAddressAllow=10.1.2.3" in target.read_text()
    assert "daemon-reload" in capsys.readouterr().out
