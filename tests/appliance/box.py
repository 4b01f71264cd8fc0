"""A box: Debian 13 with its own systemd as first process, on a network of its own with this test as its only neighbour.

The tree that all boxes share is read-only underneath an overlay, so every box begins bare. Nothing of it outlives the
test: boxes are ended through the process that started them, by its id.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

HOST_ADDRESS = "10.77.0.1"
"""Where the test itself can be reached from a box."""

BRIDGE_ADDRESS = "02:00:00:77:00:01"
BOOT_S = 60.0
GONE_S = 5.0
"""For the processes of a box whose plug was pulled."""
WANTS_TO_START_ANEW = 133
"""How systemd-nspawn ends when the machine in it reboots."""


def run(*command: str | Path, check: bool = True) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def control_groups() -> Path:
    """Where this machine keeps its control groups (version 2)."""
    mounts = Path("/proc/mounts").read_text().splitlines()
    return next(Path(mount.split()[1]) for mount in mounts if mount.split()[2] == "cgroup2")


class Network:
    """A bridge in a namespace of its own; the test's brokers listen there, the boxes hang on it."""

    def __init__(self) -> None:
        self.name = f"pe{os.getpid()}"
        self._boxes = 0

    def __enter__(self) -> Self:
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        # Without an address of its own a bridge takes the lowest of its lines', a new one with every box that comes or
        # goes; the others keep sending to the old one until they ask again.
        run("ip", "-n", self.name, "link", "add", "br0", "address", BRIDGE_ADDRESS, "type", "bridge")
        run("ip", "-n", self.name, "addr", "add", f"{HOST_ADDRESS}/24", "dev", "br0")
        run("ip", "-n", self.name, "link", "set", "br0", "up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        run("ip", "netns", "del", self.name, check=False)

    def inside(self, *command: str | Path) -> list[str]:
        """A command to be run with this network."""
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def plug_in(self, box: str) -> str:
        """Give a box a namespace with a line to the bridge; returns its address."""
        self._boxes += 1
        address = f"10.77.0.{10 + self._boxes}"
        run("ip", "netns", "add", box)
        run(
            "ip",
            "link",
            "add",
            "host0",
            "netns",
            box,
            "type",
            "veth",
            "peer",
            "name",
            f"to-{self._boxes}",
            "netns",
            self.name,
        )
        run("ip", "-n", self.name, "link", "set", f"to-{self._boxes}", "master", "br0", "up")
        run("ip", "-n", box, "link", "set", "lo", "up")
        run("ip", "-n", box, "addr", "add", f"{address}/24", "dev", "host0")
        run("ip", "-n", box, "link", "set", "host0", "up")
        run("ip", "-n", box, "route", "add", "default", "via", HOST_ADDRESS)
        return address


class Box:
    """One booted machine.

    Args:
        network: Where it is plugged in.
        tree: Debian 13, unpacked, with systemd and python3.
        folder: For what this box writes.
        name: Its host name.
    """

    def __init__(self, network: Network, tree: Path, folder: Path, *, name: str = "box1") -> None:
        self._network = network
        self._tree = tree
        self._folder = folder
        self.name = name
        self.root = folder / "root"
        self.address = ""
        self._namespace = f"{network.name}-{name}"
        self._cgroup = control_groups() / f"pose-edge-{self._namespace}"
        self._process: subprocess.Popen[bytes] | None = None
        self._init = 0

    def __enter__(self) -> Self:
        self.address = self._network.plug_in(self._namespace)
        for name in ("upper", "work", "root"):
            (self._folder / name).mkdir(parents=True)
        layers = f"lowerdir={self._tree},upperdir={self._folder}/upper,workdir={self._folder}/work"
        run("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        (self.root / "etc/hostname").write_text(self.name + "\n")
        try:
            self.boot()
        except BaseException:
            self._take_away()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._take_away()

    def _take_away(self) -> None:
        self.cut_power()
        run("umount", "-l", self.root, check=False)
        run("ip", "netns", "del", self._namespace, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def boot(self) -> None:
        self._cgroup.mkdir(exist_ok=True)
        with (self._folder / "console.log").open("ab") as console:
            # Without the last two options IPAddressDeny is not enforced inside, and nothing says so.
            self._process = subprocess.Popen(
                [
                    # Into a control group of its own first: systemd in another box would take this one's for its own.
                    *("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', self._cgroup),
                    *(
                        "systemd-nspawn",
                        "-q",
                        "-D",
                        self.root,
                        "-M",
                        self._namespace,
                        "-b",
                        "--register=no",
                        "--keep-unit",
                    ),
                    *(f"--network-namespace-path=/run/netns/{self._namespace}", "--console=pipe"),
                    *("--capability=all", "--system-call-filter=bpf"),
                ],
                env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        deadline = time.monotonic() + BOOT_S
        while not self._booted():
            assert self._process.poll() is None, (self._folder / "console.log").read_text()
            assert time.monotonic() < deadline, "the box did not boot"
            time.sleep(0.2)

    def cut_power(self) -> None:
        """End the box as if its plug were pulled."""
        if self._process is None:
            return
        for pid in (self._init, self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                if pid:
                    os.kill(pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None
        self._init = 0
        self._remove_control_groups()

    def _remove_control_groups(self) -> None:
        deadline = time.monotonic() + GONE_S
        while self._cgroup.exists() and time.monotonic() < deadline:
            for group in (*sorted(self._cgroup.rglob("*/"), reverse=True), self._cgroup):
                with contextlib.suppress(OSError):  # its last processes are on their way out
                    group.rmdir()
            time.sleep(0.05)

    def wait_for_reboot(self, *, within_s: float) -> None:
        """Wait until the box asks to be started anew; it is off then."""
        assert self._process
        assert self._process.wait(within_s) == WANTS_TO_START_ANEW
        self._init = 0

    def sh(self, script: str, *, check: bool = True, within_s: float = 120.0) -> str:
        """Run a shell script as root in the box; returns what it printed."""
        done = subprocess.run(
            ["nsenter", "-t", str(self._init), "-m", "-u", "-i", "-n", "-p", *self._view(), "sh", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        )
        assert not check or done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _view(self) -> tuple[str, str]:
        return f"--root=/proc/{self._init}/root", f"--wd=/proc/{self._init}/root"

    def property(self, name: str, unit: str = "pose-edge.service") -> str:
        """What systemd says of a unit."""
        return self.sh(f"systemctl show --value -p {name} {unit}").strip()

    def processes(self, unit: str = "pose-edge.service") -> list[int]:
        """The processes of a unit, as this machine numbers them."""
        return [int(pid) for path in self._cgroup.rglob(f"{unit}/cgroup.procs") for pid in path.read_text().split()]

    def wait_for(self, condition: str, *, within_s: float = 60.0) -> None:
        """Wait until a shell condition holds in the box."""
        deadline = time.monotonic() + within_s
        while self.sh(f"if {condition}; then echo yes; fi", check=False).strip() != "yes":
            assert time.monotonic() < deadline, f"{condition}\n{self.sh('journalctl --no-pager -n 40')}"
            time.sleep(0.2)

    def _booted(self) -> bool:
        assert self._process
        # Asked anew each time: the first child only prepares the one that becomes the box's first process.
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if not children:
            return False
        self._init = int(children[0])
        state = self.sh("systemctl is-system-running", check=False).strip()
        return state in {"running", "degraded"}
