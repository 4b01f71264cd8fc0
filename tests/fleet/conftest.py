"""A broker as a site has it: encrypted, with a certificate of its own authority, and a login for the operator."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.broker import Broker, find_mosquitto, free_port

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ca.crt` and a broker's certificate by it, `server.crt`; `other.crt` is another authority."""
    folder = tmp_path_factory.mktemp("papers")
    for name in ("ca", "other"):
        openssl(folder, "req", "-x509", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}")
    openssl(folder, "req", *KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names")
    openssl(folder, "x509", "-req", "-in", "server.csr", *signed, "-days", "2", "-out", "server.crt")
    return folder


@dataclass(frozen=True, slots=True)
class Site:
    """A site's broker.

    Attributes:
        broker: It, with a plain port beside the encrypted one.
        tls_port: The encrypted port.
        operator: How an operator reaches it, as the broker's role writes it.
        papers: Where the certificates are.
    """

    broker: Broker
    tls_port: int
    operator: Path
    papers: Path


@pytest.fixture
def site(tmp_path: Path, papers: Path) -> Iterator[Site]:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: nothing was tested against a real broker")
    port = free_port()
    lines = [f"listener {port} 127.0.0.1", f"certfile {papers}/server.crt", f"keyfile {papers}/server.key"]
    with Broker(tmp_path, users={"operator": "secret"}, options="\n".join(lines)) as broker:
        (tmp_path / "operator").write_text("secret\n")
        operator = tmp_path / "operator.toml"
        operator.write_text(
            "[mqtt]\n"
            f'broker = "127.0.0.1:{port}"\ntls = true\nca_file = "{papers}/ca.crt"\n'
            f'username = "operator"\npassword_file = "{tmp_path}/operator"\n'
        )
        yield Site(broker, port, operator, papers)
