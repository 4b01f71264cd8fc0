"""Sends a release's files to a box, many in one stream, and goes on where an earlier run was cut off."""

from __future__ import annotations

import shlex
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

STREAM_BYTES = 8 << 20
"""Sent in one go; held in memory once for each box that is sent to at the same time."""

ROUNDS = 3
"""A file that arrived damaged is sent again; what is damaged three times in a row is no accident."""


def streams(files):
    """Cut what is missing of files into pieces of (name, offset, length), as many to a list as go in one stream."""
    stream, room = [], STREAM_BYTES
    for file in {file["sha256"]: file for file in files}.values():
        offset = file["have"]
        while True:
            length = min(room, file["size"] - offset)
            stream.append((file["sha256"], offset, length))
            offset, room = offset + length, room - length
            if room == 0:
                yield stream
                stream, room = [], STREAM_BYTES
            if offset == file["size"]:
                break
    if stream:
        yield stream


def receiver(store, stream):
    """The shell's words that take a stream apart; the same again does no harm, as Ansible tries again by itself."""
    parts = [(shlex.quote(f"{name}.part"), offset, length) for name, offset, length in stream]
    words = [f"truncate -s {offset} {part} && head -c {length} >>{part}" for part, offset, length in parts]
    # Onto the disk, so that a power cut does not undo it.
    return " && ".join([f"cd {shlex.quote(store)}", *words, "sync " + " ".join(part for part, _, _ in parts)])


def piece(path, offset, length):
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


class ActionModule(ActionBase):
    """Takes `manifest`, the box's `base`, and `store`, which is the bundle's folder on the control node."""

    _VALID_ARGS = frozenset(("manifest", "base", "store"))

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        sent = turns = 0
        while True:
            answer = self.ask(task_vars)
            files = answer.get("files", [])
            if answer.get("failed") or not files:
                return answer | {"changed": sent > 0, "sent_bytes": sent}
            names = ", ".join(file["name"] for file in files)
            if self._task.check_mode:
                return {"changed": True, "msg": f"would send {names}"}
            if turns == ROUNDS:
                return {"failed": True, "msg": f"arrived damaged {ROUNDS} times, look at the box's disk: {names}"}
            turns += 1
            for stream in streams(files):
                sent += self.send(stream)

    def ask(self, task_vars):
        """What the box lacks; what has come whole it takes into its store."""
        wanted = {"state": "wanted", "base": self._task.args["base"], "manifest": self._task.args["manifest"]}
        return self._execute_module("pose_edge_release", module_args=wanted, task_vars=task_vars)

    def send(self, stream):
        """Send pieces of files; returns how many bytes that were."""
        content = b"".join(piece(Path(self._task.args["store"], name), *where) for name, *where in stream)
        command = receiver(f"{self._task.args['base']}/store", stream)
        done = self._low_level_execute_command(command, in_data=content)
        if done["rc"]:
            raise AnsibleActionFail(f"the box cannot keep files: {done['stderr'].strip() or done['stdout']}")
        return len(content)
