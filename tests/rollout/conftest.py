"""A fleet: a broker and three boxes, bare but for what an image brings, and Ansible beside them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from appliance.box import Box, Network, run

LAB = Path(os.environ.get("POSE_EDGE_FLEET_LAB", "/nonexistent"))
"""Made by scripts/test-fleet: `tree`, which is Debian 13 with sshd and mosquitto."""

collect_ignore_glob = [] if "POSE_EDGE_FLEET_LAB" in os.environ else ["test_*.py"]
"""What needs a laboratory takes minutes: `make test-fleet` builds it first."""

CHECKOUT = Path(__file__).parents[2]
ANSIBLE = CHECKOUT / ".venv-fleet/bin"
PACKED = ("edge", "models", "requirements", "systemd", "docs", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")

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
    pose_edge_broker_address: "{broker}:1883"
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

    def pack(self, version: str, *, wound: str = "") -> None:
        """Bundle this checkout as a version of its own; `wound` is code that is added to its eyes."""
        source = self._folder / f"source-{version}"
        for name in PACKED:
            copy = shutil.copytree if (CHECKOUT / name).is_dir() else shutil.copy
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            copy(CHECKOUT / name, source / name)
        (source / "edge/__init__.py").write_text(f'"""pose-edge."""\n\n__version__ = "{version}"\n')
        if wound:
            with (source / "edge/detect/eyes.py").open("a") as file:
                file.write(wound)
        run(
            *(sys.executable, CHECKOUT / "scripts/bundle", "--target", "pc"),
            *("--source", source, "--to", self._folder / "bundle"),
        )

    def play(self, name: str, **settings: object) -> int:
        """Run a playbook; returns its exit code."""
        command: list[str | Path] = [
            ANSIBLE / "ansible-playbook",
            "-i",
            self._folder / "hosts.yml",
            f"playbooks/{name}.yml",
        ]
        given = [word for key, value in settings.items() for word in ("-e", f"{key}={value}")]
        done = subprocess.run(
            self._network.inside("nice", *command, *given),
            capture_output=True,
            text=True,
            check=False,
            cwd=CHECKOUT / "ansible",
            env={"PATH": f"{ANSIBLE}:/usr/bin:/bin", "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
        )
        self.said = done.stdout + done.stderr
        return done.returncode

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

    def publish(self, user: str, topic: str, *options: str | Path) -> int:
        """Publish as a user of the broker; returns the exit code of mosquitto_pub, and keeps what it said."""
        password = (self._folder / "site/passwords" / user).read_text().strip()
        command = ("mosquitto_pub", "-V", "5", "-q", "1", "-h", self.broker.address, "-u", user, "-P", password)
        done = subprocess.run(
            self._network.inside(*command, "-t", topic, "-m", "{}", *options),
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
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        boxes = {}
        for name in ("broker", "box1", "box2", "box3"):
            folder = tmp_path_factory.mktemp("box") / name
            boxes[name] = stack.enter_context(Box(network, LAB / "tree", folder, name=name))
        yield Fleet(network, boxes, tmp_path_factory.mktemp("control"))
