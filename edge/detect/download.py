"""Downloads one pinned file over HTTP: resumes what breaks off, repeats what may pass, gives up on what will not."""

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from ssl import SSLCertVerificationError
from typing import Final

from edge.detect.manifest import Part, Pin
from edge.detect.progress import Progress
from edge.detect.runtime import NO_PROXY_TO_ANYWHERE

CHUNK: Final = 64 * 1024
USER_AGENT: Final = "pose-edge"
_TEMPORARY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP answers after which the same request may succeed."""


class UnavailableError(Exception):
    """A source cannot supply something; the text says why, in half a line. The next source is asked."""


class _PassingError(Exception):
    """This attempt failed and another may succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server is waited for.

    Attributes:
        timeout_s: The longest silence, while connecting or within a download.
        first_tries: Attempts when the server has not sent a byte yet; few, because there are other sources.
        resume_tries: Attempts in a row that brought next to nothing, once it has.
        pause_s: Wait before the second attempt, doubled before each further one.
    """

    timeout_s: float = 20.0
    first_tries: int = 2
    resume_tries: int = 5
    pause_s: float = 1.0


class Downloader:
    """Gets files over HTTP and HTTPS, through the proxies of the environment.

    Args:
        patience: How long a server is waited for.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        *,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience = patience or Patience()
        self._sleep = sleep
        self._opener = _opener()

    def download(self, url: str, part: Part, target: Path, progress: Progress) -> None:
        """Download a part and verify it.

        Args:
            url: Where it is.
            part: What it has to be.
            target: Where it goes; what is there already is taken for its beginning.
            progress: Told after every chunk.

        Raises:
            UnavailableError: It is not to be had here, or not the pinned bytes.
        """
        patience = self._patience
        failures = 0
        started_anew = False
        while True:
            before = _size(target)
            try:
                self._attempt(url, part, target, progress)
                _verify(target, part.pin)
            except _PassingError as error:
                after = _size(target)
                failures = 1 if after - before >= CHUNK else failures + 1
                if failures >= (patience.resume_tries if after else patience.first_tries):
                    raise UnavailableError(f"{part.file}: {error} ({failures} attempts)") from None
                self._sleep(patience.pause_s * 2 ** (failures - 1))
            except UnavailableError as error:
                target.unlink(missing_ok=True)
                if not before or started_anew:
                    raise UnavailableError(f"{part.file}: {error}") from None
                # Its beginning may come from a file that was exchanged since: once more from the start.
                started_anew = True
            else:
                return

    def _attempt(self, url: str, part: Part, target: Path, progress: Progress) -> None:
        start = _size(target)
        response = self._open(url, start)
        with response, target.open("ab") as file:
            if start and not _continues(response, start):
                file.truncate(0)
                start = 0
            done = start
            while chunk := _read(response):
                done += len(chunk)
                if done > part.pin.size:
                    raise UnavailableError(f"more than the {part.pin.size} bytes it should have")
                file.write(chunk)
                progress.advance(part.file, done, part.pin.size, "bytes")
        if done < part.pin.size:
            raise _PassingError(f"ended after {done} of {part.pin.size} bytes")

    def _open(self, url: str, start: int) -> http.client.HTTPResponse:
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the opener knows HTTP(S) only
            response: http.client.HTTPResponse = self._opener.open(request, timeout=self._patience.timeout_s)
        except urllib.error.HTTPError as error:
            error.close()
            answer = f"HTTP {error.code} {error.reason}".strip()
            if error.code in _TEMPORARY:
                raise _PassingError(answer) from None
            raise UnavailableError(answer) from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, SSLCertVerificationError):
                raise UnavailableError(f"its certificate is not trusted ({error.reason.verify_message})") from None
            raise _PassingError(_reason(error.reason)) from None
        except (OSError, http.client.HTTPException) as error:
            raise _PassingError(_reason(error)) from None
        except ValueError as error:
            raise UnavailableError(f"{url} is no usable address ({error})") from None
        return response


def environ_for_downloads(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without the proxies that cut off MediaPipe's telemetry once the library is loaded."""
    return {name: value for name, value in environ.items() if value != NO_PROXY_TO_ANYWHERE}


def _opener() -> urllib.request.OpenerDirector:
    proxies = environ_for_downloads(urllib.request.getproxies())
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(proxies),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        # Whatever has arrived: a slow line then still shows progress, and little is lost when it breaks.
        return response.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _PassingError(_reason(error)) from None


def _continues(response: http.client.HTTPResponse, start: int) -> bool:
    content_range = response.headers.get("Content-Range", "")
    return response.status == HTTPStatus.PARTIAL_CONTENT and content_range.startswith(f"bytes {start}-")


def _verify(path: Path, pin: Pin) -> None:
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != pin.sha256:
        raise UnavailableError(f"sha256 {actual} instead of {pin.sha256}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
