"""Runs in the service's own sandbox, in the service's place, and prints what it was able to do."""

import ctypes
import json
import mmap
import os
import resource
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)

STRANGER = sys.argv[1]
BROKER = sys.argv[2]

DNS_QUERY = struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0) + b"\x07example\x03com\x00" + struct.pack(">HH", 1, 1)


def works(action: Callable[[], object]) -> bool:
    try:
        action()
    except OSError:
        return False
    return True


def written(folder: str) -> bool:
    def write() -> None:
        path = Path(folder, "probe")
        path.write_bytes(b"picture")
        path.unlink()

    return works(write)


def call(name: str, *arguments: object) -> bool:
    """Whether a C function succeeds."""
    return int(getattr(libc, name)(*arguments)) == 0


def tcp(host: str, port: int) -> bool:
    return works(lambda: socket.create_connection((host, port), timeout=2).close())


def udp(host: str, port: int, payload: bytes) -> bool:
    """Whether an answer comes back."""

    def ask() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(2)
            line.sendto(payload, (host, port))
            line.recvfrom(512)

    return works(ask)


def status(name: str) -> str:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(name + ":"))


def opened(path: str, flags: int) -> bool:
    return works(lambda: os.close(os.open(path, flags)))


def packet_socket() -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


def executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def scheduled(policy: int, priority: int) -> bool:
    return works(lambda: os.sched_setscheduler(0, policy, os.sched_param(priority)))


sys.stdout.write(
    json.dumps(
        {
            "writes": {
                folder: written(folder) for folder in ("/etc", "/usr", "/opt/pose-edge", "/var", "/home", "/root")
            },
            "writes_state": written("/var/lib/pose-edge"),
            "sees_home": works(lambda: next(Path("/root").iterdir(), None)),
            "devices": {
                path: opened(path, os.O_RDONLY)
                for path in ("/dev/mem", "/dev/kmsg", "/dev/net/tun", "/dev/loop-control")
            },
            "null": opened("/dev/null", os.O_RDWR),
            "cpuinfo": opened("/proc/cpuinfo", os.O_RDONLY),
            "packet_socket": works(packet_socket),
            "executable_memory": works(executable_memory),
            "capabilities": int(status("CapEff"), 16) | int(status("CapBnd"), 16),
            "no_new_privileges": status("NoNewPrivs"),
            "seccomp": status("Seccomp"),
            "root": os.getuid() == 0,
            "core_bytes": resource.getrlimit(resource.RLIMIT_CORE)[1],
            "one_core": works(one_core),
            "as_a_batch": scheduled(os.SCHED_BATCH, 0),
            "as_before": scheduled(os.SCHED_OTHER, 0),
            "in_real_time": scheduled(os.SCHED_FIFO, 1),
            "mounts": call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
            "new_namespace": call("unshare", 0x10000000),
            "sets_clock": works(lambda: time.clock_settime(0, 0)),
            "sets_hostname": works(lambda: socket.sethostname("probe")),
            "traces": call("ptrace", 0, 0, None, None),
            "tcp_stranger": tcp(STRANGER, 1883),
            "udp_stranger": udp(STRANGER, 5353, b"hello"),
            "dns_stranger": udp(STRANGER, 53, DNS_QUERY),
            "tcp_broker": tcp(BROKER, 1883),
        }
    )
)
