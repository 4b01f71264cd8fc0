"""The smallest fleet: a broker and one box, for what has nothing to do with waves."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from appliance.box import Box, Network
from rollout.conftest import ANSIBLE, CHECKOUT, LAB, Fleet

NO_NAME_SERVER = "127.0.0.1"
"""The box itself, where none listens: who looks up a name, such as apt, is told at once that it cannot."""


class Pair(Fleet):
    """A broker and a box called box1."""

    @property
    def box(self) -> Box:
        return self.boxes["box1"]

    def inside(self, *command: str | Path) -> list[str]:
        """A command to be run beside the two."""
        return self._network.inside(*command)

    def play(self, name: str, *options: str, **settings: object) -> int:
        """Run a playbook, with options of Ansible; returns its exit code."""
        return self._follow(name, options, settings, lambda _: None)

    def play_until(self, name: str, task: str, then: Callable[[], None], **settings: object) -> int:
        """Run a playbook, and do something when it first begins a task; returns its exit code."""
        begun: list[str] = []

        def look(line: str) -> None:
            if not begun and line.startswith("TASK [") and task in line:
                begun.append(line)
                then()

        code = self._follow(name, (), settings, look)
        assert begun, self.said
        return code

    def _follow(
        self, name: str, options: Sequence[str], settings: Mapping[str, object], look: Callable[[str], None]
    ) -> int:
        given = [word for key, value in settings.items() for word in ("-e", f"{key}={value}")]
        playbook: list[str | Path] = [
            ANSIBLE / "ansible-playbook",
            "-i",
            self._folder / "hosts.yml",
            f"playbooks/{name}.yml",
        ]
        self.said = ""
        with subprocess.Popen(
            self.inside("nice", *playbook, *options, *given),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=CHECKOUT / "ansible",
            env={"PATH": f"{ANSIBLE}:/usr/bin:/bin", "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
        ) as process:
            assert process.stdout
            for line in process.stdout:
                self.said += line
                look(line)
        return process.returncode

    def password(self, user: str) -> str:
        """What the control node keeps for a user."""
        return (self._folder / "site/passwords" / user).read_text().strip()

    def kept(self) -> set[str]:
        """Users whose passwords the control node keeps."""
        return {path.name for path in (self._folder / "site/passwords").iterdir()}

    def users(self) -> set[str]:
        """Whom the broker knows."""
        return set(self.broker.sh("cut -d: -f1 /etc/mosquitto/pose-edge/passwords").split())

    def let_in(self, user: str, password: str) -> bool:
        """Whether the broker lets somebody in."""
        words = ("mosquitto_pub", "-h", self.broker.address, "-u", user, "-P", password, "-t", "any", "-m", "x")
        return subprocess.run(self.inside(*words), capture_output=True, check=False).returncode == 0

    def wait_online(self, *, within_s: int = 60) -> None:
        """Wait until the box says how it is: what the broker has kept does not count."""
        words = ["mosquitto_sub", "-h", self.broker.address, "-u", "operator", "-P", self.password("operator")]
        words += ["-R", "-C", "1", "-W", str(within_s), "-t", "pose-edge/box1/health"]
        done = subprocess.run(self.inside(*words), capture_output=True, check=False)
        assert done.returncode == 0, self.box.sh("journalctl --no-pager -n 30 -u pose-edge", check=False)


@contextmanager
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Boot both."""
    with ExitStack() as stack:
        network = Network()
        network.name = f"pe{os.getpid()}p"  # beside the fleet of the same run
        stack.enter_context(network)
        boxes = {}
        for name in ("broker", "box1"):
            folder = tmp_path_factory.mktemp("box") / name
            boxes[name] = stack.enter_context(Box(network, LAB / "tree", folder, name=name))
            (boxes[name].root / "etc/resolv.conf").write_text(f"nameserver {NO_NAME_SERVER}\n")
        yield Pair(network, boxes, tmp_path_factory.mktemp("control"))
