"""A box with a disk of its own, which can lose its power: what was not on the disk yet is lost, as on a real one."""

import fcntl
import os
import struct
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from appliance.box import Box, Network, run

DISK_BYTES: Final = 8 << 30
"""Sparse; room for a system and four releases."""

SHUTDOWN: Final = 0x8004587D
"""ext4's EXT4_IOC_SHUTDOWN, which file system developers test crashes with."""

NO_LOG_FLUSH: Final = 2
"""Not even the journal is written out before: EXT4_GOING_FLAGS_NOLOGFLUSH."""


class DiskBox(Box):
    """A box whose writable layer is an ext4 file system of its own.

    Killing a box's processes loses nothing of what they wrote: the kernel still has it. This box also takes the file
    system away from under them, and what had not been written out is gone.
    """

    def __init__(self, network: Network, tree: Path, folder: Path, *, name: str) -> None:
        super().__init__(network, tree, folder / "disk/box", name=name)
        self._image = folder / "disk.img"
        self._disk = folder / "disk"

    def __enter__(self) -> Self:
        self._disk.mkdir(parents=True)
        with self._image.open("wb") as image:
            image.truncate(DISK_BYTES)
        run("mkfs.ext4", "-q", "-E", "lazy_itable_init=1", self._image)
        self._mount_disk()
        try:
            return super().__enter__()
        except BaseException:
            self._remove_disk()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._remove_disk()

    def pull_the_plug(self) -> None:
        """Lose power in this instant."""
        disk = os.open(self._disk, os.O_RDONLY)
        fcntl.ioctl(disk, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(disk)
        self.cut_power()
        run("umount", "-l", self.root)
        run("umount", "-l", self._disk)
        # Copies of the mount in other namespaces (`ip netns exec` makes one) keep the dead file system alive, and the
        # kernel would mount that one again. So the disk's content goes on in a file of its own.
        copy = self._image.with_suffix(".next")
        run("cp", "--sparse=always", self._image, copy)
        copy.replace(self._image)

    def power_on(self) -> None:
        """Have power again, with what the disk has kept."""
        self._mount_disk()
        layers = f"lowerdir={self._tree},upperdir={self._folder}/upper,workdir={self._folder}/work"
        run("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        self.boot()

    def _mount_disk(self) -> None:
        run("mount", "-o", "loop", self._image, self._disk)

    def _remove_disk(self) -> None:
        run("umount", "-l", self._disk, check=False)
        self._image.unlink(missing_ok=True)
