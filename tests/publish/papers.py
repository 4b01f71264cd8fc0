"""Certificates made for a test, and a real mosquitto that speaks TLS with them."""

import subprocess
from pathlib import Path

from support.broker import Broker, free_port

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def authority(folder: Path, name: str) -> None:
    subject = f"/CN={name}"
    openssl(folder, "req", "-x509", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", subject)


def certificate(folder: Path, name: str, *, by: str, alternative: str, expired: bool = False) -> None:
    openssl(folder, "req", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / "names").write_text(f"subjectAltName={alternative}\n")
    days = "-1" if expired else "30"
    signer = ["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial"]
    openssl(
        folder, "x509", "-req", "-in", f"{name}.csr", *signer, "-days", days, "-extfile", "names", "-out", f"{name}.pem"
    )


def encrypted(folder: Path, papers: Path, certificate: str = "right", options: str = "") -> tuple[Broker, int]:
    """A broker with a plain port for the test to listen at, and an encrypted one."""
    port = free_port()
    lines = [
        f"listener {port} 127.0.0.1",
        f"certfile {papers}/{certificate}.pem",
        f"keyfile {papers}/{certificate}.key",
        f"cafile {papers}/ca.pem",
        options,
    ]
    return Broker(folder, options="\n".join(lines)), port


def make_papers(folder: Path) -> Path:
    """Authorities `ca` and `stranger`; certificates of a broker: right, with another name, expired; and a box's."""
    for name in ("ca", "stranger"):
        authority(folder, name)
    certificate(folder, "right", by="ca", alternative="IP:127.0.0.1,DNS:localhost")
    certificate(folder, "misnamed", by="ca", alternative="DNS:elsewhere.example")
    certificate(folder, "expired", by="ca", alternative="IP:127.0.0.1", expired=True)
    certificate(folder, "box", by="ca", alternative="DNS:box")
    return folder
