"""Prints a line for each packet that wants to leave a site, whatever it is. Run in the site's network.

    outside.py br0 10.77.0

Boxes have their default route through that interface, so what they try to send anywhere else, a name look-up too,
arrives here. Nothing is forwarded from here.
"""

import ctypes
import ipaddress
import socket
import struct
import sys

IPV4, IPV6, ALL = 0x0800, 0x86DD, 0x0003
SO_ATTACH_FILTER = 26
NEVER_ROUTED = ("224.0.0.0/24", "ff00::/8", "fe80::/10")
"""Neighbours asking for each other's addresses."""


class Program(ctypes.Structure):
    """The kernel's struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def leaving(site: str) -> bytes:
    """A packet filter, so that the site's own traffic costs nothing: IPv6, and IPv4 to anywhere but the site's /24."""
    network = struct.unpack("!I", socket.inet_aton(f"{site}.0"))[0]
    program = (
        (0x28, 0, 0, 12),  # what kind of packet
        (0x15, 4, 0, IPV6),
        (0x15, 0, 4, IPV4),
        (0x20, 0, 0, 30),  # to whom
        (0x54, 0, 0, 0xFFFFFF00),
        (0x15, 1, 0, network),
        (0x06, 0, 0, 0xFFFF),  # take it
        (0x06, 0, 0, 0),  # leave it
    )
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def main() -> None:
    device, site = sys.argv[1:]
    never_routed = [ipaddress.ip_network(text) for text in NEVER_ROUTED]
    code = ctypes.create_string_buffer(leaving(site))
    program = Program(8, ctypes.addressof(code))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL)) as watched:
        watched.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, bytes(program))
        watched.bind((device, ALL))
        sys.stdout.write("watching\n")
        sys.stdout.flush()
        while True:
            packet = watched.recv(65535)
            four = packet[12:14] == b"\x08\x00"
            at, size = (26, 4) if four else (22, 16)
            sender, target = (ipaddress.ip_address(packet[at + i * size : at + (i + 1) * size]) for i in (0, 1))
            if not any(target in network for network in never_routed):
                sys.stdout.write(f"{sender} {target}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
