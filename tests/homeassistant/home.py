"""A real Home Assistant with a folder of its own, spoken to over its REST API as its frontend does."""

import json
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from support.broker import free_port, wait_until

START_S: Final = 180.0
"""The longest that its start may take; its first one compiles its modules."""

STOP_S: Final = 60.0
REQUEST_S: Final = 10.0

_CONFIGURATION: Final = """
homeassistant: {{name: test, latitude: 0, longitude: 0, unit_system: metric, time_zone: UTC}}
http: {{server_host: 127.0.0.1, server_port: {port}}}
logger: {{default: warning}}
"""


def named(state: dict[str, Any]) -> str:
    """Kind and name of the entity of which this is a state."""
    return f"{state['entity_id'].partition('.')[0]} {state['attributes'].get('friendly_name')}"


@dataclass(frozen=True, slots=True)
class Change:
    """A new state of an entity, by its kind and name, at a wall time in seconds."""

    entity: str
    state: str
    unix_s: float


class Home:
    """A Home Assistant.

    Args:
        hass: The program.
        folder: For its configuration and what it remembers.
    """

    def __init__(self, hass: Path, folder: Path) -> None:
        port = free_port()
        self.changes: list[Change] = []
        self._url = f"http://127.0.0.1:{port}"
        self._command = [str(hass), "--config", str(folder), "--skip-pip"]
        self._log = folder / "output"
        self._token = ""
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "configuration.yaml").write_text(_CONFIGURATION.format(port=port))

    def start(self) -> None:
        """Start it, and return when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_until(self._answers, "Home Assistant's answer", within_s=START_S)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def onboard(self) -> None:
        """Make its first user, and log in."""
        client = f"{self._url}/"
        person = {"name": "Test", "username": "test", "password": "test", "client_id": client, "language": "en"}
        code = self.ask("/api/onboarding/users", person)["auth_code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": client}
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self._url}/auth/token", urllib.parse.urlencode(form).encode()
        )
        with urllib.request.urlopen(request, timeout=REQUEST_S) as answer:  # noqa: S310
            self._token = json.load(answer)["access_token"]

    def connect_to_broker(self, port: int) -> None:
        """Add its MQTT integration, with nothing but the broker's address."""
        flow = self.ask("/api/config/config_entries/flow", {"handler": "mqtt"})["flow_id"]
        done = self.ask(f"/api/config/config_entries/flow/{flow}", {"broker": "127.0.0.1", "port": port})
        assert done["type"] == "create_entry", done

    def listen(self) -> None:
        """Note in `changes` every change of state from here on."""
        request = urllib.request.Request(f"{self._url}/api/stream", headers=self._headers())  # noqa: S310
        threading.Thread(target=self._follow, args=(request,), name="home-changes", daemon=True).start()

    def states(self) -> dict[str, dict[str, Any]]:
        """All entities by kind and name."""
        return {named(one): one for one in self.ask("/api/states")}

    def entities_of(self, entity: str) -> set[str]:
        """The ids of all entities of the device that an entity belongs to."""
        template = f"{{{{ device_entities(device_id('{entity}')) | tojson }}}}"
        found = self.ask("/api/template", {"template": template})
        return set(found)

    def call(self, service: str, entity: str, **data: object) -> None:
        """Use an entity, as a tap on it does."""
        self.ask(f"/api/services/{service}", {"entity_id": entity, **data})

    def ask(self, path: str, document: object = None) -> Any:  # noqa: ANN401 - JSON
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self._url}{path}", body, self._headers())  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from error

    def _headers(self) -> dict[str, str]:
        bearer = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return {"Content-Type": "application/json"} | bearer

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self._log.read_text()
        request = urllib.request.Request(f"{self._url}/api/", headers=self._headers())  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_S):  # noqa: S310
                return True
        except urllib.error.HTTPError as error:
            # Up, and we have not logged in yet.
            return error.code == HTTPStatus.UNAUTHORIZED
        except OSError:
            return False

    def _follow(self, request: urllib.request.Request) -> None:
        try:
            with urllib.request.urlopen(request, timeout=120) as stream:  # noqa: S310 - it says "ping" every 50 s
                for line in stream:
                    self._note(line.decode())
        except OSError:
            return  # it was stopped

    def _note(self, line: str) -> None:
        if not line.startswith("data: {"):
            return
        event = json.loads(line.removeprefix("data: "))
        if event["event_type"] == "state_changed" and (new := event["data"]["new_state"]):
            self.changes.append(Change(named(new), new["state"], time.time()))
