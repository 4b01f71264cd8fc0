"""How the broker is reached: plain or encrypted, over TCP or WebSocket."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from edge.errors import ConfigError

TLS_PORT: Final = 8883
"""MQTT over TLS, registered with IANA."""

_HANDSHAKE_S: Final = 10.0
"""How long a broker may take to agree on keys; one that speaks no TLS may stay silent for ever."""

Transport: TypeAlias = Literal["tcp", "websockets"]


@dataclass(frozen=True, slots=True)
class Tls:
    """Encryption. The broker's certificate and name are always verified; nothing turns that off.

    Attributes:
        ca_file: Certificates of the authorities to trust; None for those of the system.
        cert_file: The box's own certificate, for brokers that ask for one; may hold the key too.
        key_file: Its key.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Read the files.

        Raises:
            ConfigError: One of them cannot be used.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ValueError) as error:
            raise ConfigError(f"mqtt.ca_file: cannot use {self.ca_file}: {_why(error)}") from None
        context.sslsocket_class = _Socket
        # New in Python 3.13's defaults: extensions that authorities made by hand lack. A certificate that is good
        # enough for a box with 3.11 is for one with 3.13; chain, name and dates are verified as ever.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file is not None:
            try:
                # A key with a password would ask for it on the terminal.
                context.load_cert_chain(self.cert_file, self.key_file, password="")
            except (OSError, ValueError) as error:
                files = " with ".join(str(file) for file in (self.cert_file, self.key_file) if file)
                raise ConfigError(f"mqtt.cert_file: cannot use {files}: {_why(error)}") from None
        return context


@dataclass(frozen=True, slots=True)
class Line:
    """How brokers are spoken to.

    Attributes:
        tls: Encryption, or None for a plain connection.
        transport: `tcp` or `websockets`.
        path: Of the WebSocket.
    """

    tls: ssl.SSLContext | None = None
    transport: Transport = "tcp"
    path: str = "/mqtt"


class _Socket(ssl.SSLSocket):
    """Ends a handshake that fails at once and for good; paho would leave the socket open."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Agree on keys, or close.

        Raises:
            ssl.SSLError: The other side does not speak TLS, or is not to be trusted.
        """
        self.settimeout(_HANDSHAKE_S)
        try:
            super().do_handshake(block)
        except (ConnectionError, TimeoutError, ssl.SSLEOFError):
            self.close()
            raise ssl.SSLError(ssl.SSL_ERROR_EOF, "the other side has not answered as TLS does") from None
        except BaseException:
            self.close()
            raise


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "not a PEM file with what is needed, or the key does not belong to it"
    return getattr(error, "strerror", None) or str(error)


def refusal(error: OSError) -> str | None:
    """What is wrong with the broker's certificate or its TLS, in words; None when that is not the reason."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {getattr(error, 'reason', None) or error.strerror or error}"
    return None
