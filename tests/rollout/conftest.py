"""A fleet: a broker and three boxes, bare but for what an image brings, and Ansible beside them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from appliance.box import Box, Network, run
from rollout.disk import DiskBox
from rollout.figures import FIGURES, measured
from rollout.playing import Playing
from rollout.spy import ProcessSpy
from rollout.subscriber import Subscriber

LAB = Path(os.environ.get("POSE_EDGE_FLEET_LAB", "/nonexistent"))
"""Made by scripts/test-fleet: `tree`, which is Debian 13 with sshd and mosquitto."""

collect_ignore_glob = [] if "POSE_EDGE_FLEET_LAB" in os.environ else ["test_*.py"]
"""What needs a laboratory takes minutes: `make test-fleet` builds it first."""

CHECKOUT = Path(__file__).parents[2]
ANSIBLE = CHECKOUT / ".venv-fleet/bin"
PACKED = ("edge", "models", "requirements", "systemd", "docs", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a pair of boxes or none comes first: it is quicker while three others do not work beside it."""
    items.sort(key=lambda item: "bare_fleet" in getattr(item, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("figures")
        for figure in FIGURES:
            terminalreporter.write_line(figure)


NAME_SERVER = "192.0.2.53"
"""Of a network that exists nowhere (RFC 5737): whoever looks up a name is seen trying."""

INVENTORY = """
all:
  vars:
    ansible_user: root
    ansible_become: false
    ansible_ssh_private_key_file: {folder}/key
    ansible_ssh_common_args: -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
    pose_edge_site_dir: {folder}/site
    pose_edge_bundle: {folder}/bundle
    pose_edge_control_python: {python}
    pose_edge_broker_address: "{broker}:8883"
    pose_edge_mqtt_tls: true
    pose_edge_gate_seconds: 6
    pose_edge_soak_seconds: 2
    pose_edge_config:
      source: {{uri: studio, fps: 10}}
      publish: {{health_interval_s: 2}}
      pace: {{max_inference_fps: 5}}
  children:
    pose_edge_brokers:
      hosts:
        broker: {{ansible_host: {broker}, pose_edge_broker_plain_port: 1883}}
    pose_edge_boxes:
      hosts:
{boxes}
"""


class Fleet:
    """The boxes by name, and the control node that reaches them.

    Args:
        network: Where all are plugged in.
        boxes: The broker and the others.
        folder: For keys, inventory, bundle and the site's secrets.
    """

    def __init__(self, network: Network, boxes: dict[str, Box], folder: Path) -> None:
        self._network = network
        self._folder = folder
        self.boxes = {name: box for name, box in boxes.items() if name != "broker"}
        self.broker = boxes["broker"]
        self.said = ""
        """What the last playbook printed."""
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key")
        for box in boxes.values():
            (box.root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
            shutil.copy(folder / "key.pub", box.root / "root/.ssh/authorized_keys")
        lines = [f"        {name}: {{ansible_host: {box.address}}}" for name, box in self.boxes.items()]
        (folder / "hosts.yml").write_text(
            INVENTORY.format(folder=folder, python=sys.executable, broker=self.broker.address, boxes="\n".join(lines))
        )

    def pack(self, version: str, *, wound: str = "", file: str = "detect/eyes.py") -> None:
        """Bundle this checkout as a version of its own; `wound` is code that is added to one of its files."""
        source = self._folder / f"source-{version}"
        for name in PACKED:
            copy = shutil.copytree if (CHECKOUT / name).is_dir() else shutil.copy
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            copy(CHECKOUT / name, source / name)
        (source / "edge/__init__.py").write_text(f'"""pose-edge."""\n\n__version__ = "{version}"\n')
        if wound:
            with (source / "edge" / file).open("a") as wounded:
                wounded.write(wound)
        run(
            *(sys.executable, CHECKOUT / "scripts/bundle", "--target", "pc"),
            *("--source", source, "--to", self._folder / "bundle"),
        )

    def start(self, name: str, *options: str, **settings: object) -> Playing:
        """Begin a playbook, with options of Ansible and settings of its own."""
        playbook = [str(ANSIBLE / "ansible-playbook"), "-i", str(self._folder / "hosts.yml"), f"playbooks/{name}.yml"]
        return Playing(
            self._network.inside("nice", *playbook, *options, "-e", json.dumps(settings)),
            CHECKOUT / "ansible",
            {"PATH": f"{ANSIBLE}:/usr/bin:/bin", "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
        )

    def play(self, name: str, *options: str, **settings: object) -> int:
        """Run a playbook; returns its exit code."""
        playing = self.start(name, *options, **settings)
        code = playing.finish()
        self.said = playing.said
        return code

    def subscriber(self) -> Subscriber:
        """Who writes down what all boxes say."""
        password = (self._folder / "site/passwords/operator").read_text().strip()
        return Subscriber(self._network, self.broker.address, password, self._folder)

    def secrets(self) -> dict[str, str]:
        """All that nobody may know: passwords by user, and the site's keys."""
        secrets = {path.name: path.read_text().strip() for path in (self._folder / "site/passwords").iterdir()}
        for key in self.certificates.glob("*.key"):
            secrets[key.name] = key.read_text().splitlines()[1]
        return secrets

    def running(self) -> dict[str, tuple[str, str]]:
        """What the boxes' links point to, and the process that runs, by box."""
        return {
            name: ((box.root / "opt/pose-edge/current").readlink().name, box.property("MainPID"))
            for name, box in self.boxes.items()
        }

    def version(self, name: str) -> str:
        """What a box's link points to."""
        return (self.boxes[name].root / "opt/pose-edge/current").readlink().name

    def state(self, name: str) -> dict[str, object]:
        """What the broker keeps of a box's state."""
        said = self.heard(f"pose-edge/{name}/state", seconds=1).splitlines()
        found: dict[str, object] = json.loads(said[-1].split(" ", 1)[1])
        return found

    def command(self, name: str, command: str) -> None:
        """Give a box a command, as the operator."""
        assert self.publish("operator", f"pose-edge/{name}/cmd/{command}") == 0, self.said

    @contextmanager
    def without_broker(self) -> Iterator[None]:
        """Pull the broker's network cable."""
        port = "to-1"  # it was plugged in first
        run("ip", "-n", self._network.name, "link", "set", port, "down")
        try:
            yield
        finally:
            run("ip", "-n", self._network.name, "link", "set", port, "up")

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Watch what wants to leave the site; the list is filled at the end, a line for each packet."""
        packets: list[str] = []
        words = self._network.inside(sys.executable, CHECKOUT / "tests/rollout/outside.py", "br0", "10.77.0")
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as watcher:
            assert watcher.stdout
            assert watcher.stdout.readline() == "watching\n"
            yield packets
            time.sleep(0.5)
            watcher.terminate()
            packets += watcher.stdout.read().splitlines()

    def as_operator(self, command: str, *options: str) -> list[str]:
        """A command of pose-edge's own, as an operator gives it on the control node."""
        operator = self._folder / "site/operator.toml"
        return self._network.inside(sys.executable, "-m", "edge", command, "--config", operator, *options)

    def spy(self) -> ProcessSpy:
        """Who looks for secrets in process lists."""
        return ProcessSpy(self.secrets().values())

    @property
    def folder(self) -> Path:
        """All the control node has written: inventory, bundle, secrets, what was printed."""
        return self._folder

    def host_vars(self, name: str) -> Path:
        """The file of a box's own variables."""
        path = self._folder / "host_vars" / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        return path

    def changed(self) -> dict[str, int]:
        """How much the last playbook has changed, by host."""
        recap = self.said.split("PLAY RECAP", 1)[-1].splitlines()[1:]
        return {line.split()[0]: int(line.split("changed=")[1].split()[0]) for line in recap if "changed=" in line}

    def versions(self) -> set[str]:
        """What the boxes' links point to."""
        return {(box.root / "opt/pose-edge/current").readlink().name for box in self.boxes.values()}

    def publish(self, user: str, topic: str, *options: str | Path, payload: str = "{}") -> int:
        """Publish as a user of the broker; returns the exit code of mosquitto_pub, and keeps what it said."""
        password = (self._folder / "site/passwords" / user).read_text().strip()
        command = ("mosquitto_pub", "-V", "5", "-q", "1", "-h", self.broker.address, "-u", user, "-P", password)
        done = subprocess.run(
            self._network.inside(*command, "-t", topic, "-m", payload, *options),
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    @property
    def certificates(self) -> Path:
        """The folder of the site's CA."""
        return self._folder / "site/pki"

    def heard(self, topic: str, *, seconds: int = 4) -> str:
        """What an operator hears, on the broker itself."""
        password = (self._folder / "site/passwords/operator").read_text().strip()
        command = ("mosquitto_sub", "-h", self.broker.address, "-u", "operator", "-P", password, "-v")
        done = subprocess.run(
            self._network.inside(*command, "-W", str(seconds), "-t", topic), capture_output=True, check=False
        )
        return done.stdout.decode(errors="replace")


@pytest.fixture(scope="session")
def bare_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """As it comes out of the carton: Debian 13 with sshd, and the operator's key."""
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        boxes: dict[str, Box] = {}
        for name in ("broker", "box1", "box2", "box3"):
            folder = tmp_path_factory.mktemp("box") / name
            make = DiskBox if name == "box3" else Box
            boxes[name] = stack.enter_context(make(network, LAB / "tree", folder, name=name))
            (boxes[name].root / "etc/resolv.conf").write_text(f"nameserver {NAME_SERVER}\n")
            # As in Raspberry Pi OS's images: else whoever asks for the box's own name asks the name server.
            (boxes[name].root / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {name}\n")
        yield Fleet(network, boxes, tmp_path_factory.mktemp("control"))


@pytest.fixture(scope="session")
def provisioned(bare_fleet: Fleet) -> Mapping[str, object]:
    """How provisioning bare boxes went."""
    bare_fleet.pack("1.0.0")
    began_s = time.monotonic()
    with bare_fleet.watched() as packets:
        code = bare_fleet.play("provision")
    seconds = time.monotonic() - began_s
    measured(f"provision.yml, three bare boxes and a broker: {seconds:.0f} s, {len(packets)} packets left the site")
    return {"code": code, "said": bare_fleet.said, "packets": packets}


@pytest.fixture(scope="session")
def fleet(bare_fleet: Fleet, provisioned: Mapping[str, object]) -> Fleet:
    """At work with 1.0.0."""
    assert provisioned["code"] == 0, provisioned["said"]
    return bare_fleet
