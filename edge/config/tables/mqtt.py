"""The broker, and the secrets that it wants."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from edge.config.forms import Broker, Brokers, FilePath, Password, Text, TopicPrefix, UrlPath
from edge.config.tables.table import Table
from edge.errors import ConfigError

CREDENTIAL = "mqtt-password"
"""Name of the systemd credential that holds the password for the broker."""


class MqttTable(Table):
    """The broker everything is sent to."""

    broker: Broker = Field(
        default="127.0.0.1:1883",
        title="Broker",
        description="Address of the MQTT broker. The port is 1883 unless given, with TLS 8883.",
    )
    more_brokers: Brokers = Field(
        default=(),
        max_length=8,
        title="More brokers",
        description="Further addresses, tried in turn whenever one cannot be reached; all else is the same for them.",
        examples=[["backup.local:1883"]],
    )
    tls: bool = Field(
        default=False,
        title="TLS",
        description=(
            "Encrypts the connection. The broker's certificate and name are always verified; without TLS nothing falls "
            "back to it, and with it nothing to a plain connection."
        ),
    )
    ca_file: FilePath | None = Field(
        default=None,
        title="Authorities",
        description="Certificates (PEM) of the authorities to trust with TLS. Left out: those of the system.",
        examples=["/etc/pose-edge/ca.pem"],
    )
    cert_file: FilePath | None = Field(
        default=None,
        title="Own certificate",
        description="The box's own certificate (PEM), for brokers that ask for one; the key may be in the same file.",
        examples=["/etc/pose-edge/box.pem"],
    )
    key_file: FilePath | None = Field(
        default=None,
        title="Own key",
        description="Key (PEM, without a password) of the box's own certificate.",
        examples=["/etc/pose-edge/box.key"],
    )
    transport: Literal["tcp", "websockets"] = Field(
        default="tcp",
        title="Transport",
        description="How the broker is spoken to: tcp, or websockets where only web traffic passes.",
    )
    websocket_path: UrlPath = Field(
        default="/mqtt", title="WebSocket path", description="Path of the broker's WebSocket; only with websockets."
    )
    username: Text | None = Field(
        default=None, title="User name", description="How the box logs in to the broker.", examples=["bar1"]
    )
    password: Password | None = Field(
        default=None,
        title="Password",
        description="Password for the broker; needs username. Better kept in a file: see password_file.",
        examples=["change-me"],
    )
    password_file: FilePath | None = Field(
        default=None,
        title="Password file",
        description="File whose first line is the password for the broker; takes the place of password.",
        examples=["/etc/pose-edge/mqtt-password"],
    )
    protocol: Literal["auto", "5", "3.1.1"] = Field(
        default="auto",
        title="Protocol",
        description="MQTT version: auto tries 5 and takes 3.1.1 if the broker refuses that.",
    )
    keepalive_s: int = Field(
        default=30,
        ge=5,
        le=3600,
        title="Keep-alive",
        description="Seconds of silence after which box and broker make sure that the other is still there.",
    )
    topic_prefix: TopicPrefix = Field(
        default="pose-edge",
        title="Topic prefix",
        description="What all topics start with, before the device id: pose-edge/bar1/event.",
    )

    def read_password(self, credentials: Path | None = None) -> str | None:
        """The password from wherever it is kept, or None.

        Args:
            credentials: Folder in which systemd puts them; looked at when the configuration names no other place.

        Raises:
            ConfigError: The file cannot be read or its first line is empty.
        """
        if self.password is not None:
            return self.password.get_secret_value()
        if self.password_file is not None:
            return _first_line(self.password_file, "mqtt.password_file")
        if credentials is not None and (credentials / CREDENTIAL).exists():
            return _first_line(credentials / CREDENTIAL, f"credential {CREDENTIAL}")
        return None


def _first_line(file: Path, what: str) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ConfigError(f"{what}: cannot read {file}: {reason}") from None
    if not lines or not lines[0]:
        raise ConfigError(f"{what}: the first line of {file} is empty")
    return lines[0]
