#!/usr/bin/python
"""Keeps a mosquitto password file: changes nothing for a user whose password is right already."""

from __future__ import annotations

DOCUMENTATION = r"""
module: pose_edge_passwords
short_description: Keeps a mosquitto password file
description:
  - Writes users with salted hashes (PBKDF2 with SHA-512, as mosquitto_passwd does). A hash that fits its password stays
    as it is.
options:
  path:
    description: The password file.
    required: true
    type: path
  users:
    description: Passwords by user.
    default: {}
    type: dict
  absent:
    description: Users to remove.
    default: []
    type: list
    elements: str
  others:
    description: What becomes of users that are not named.
    choices: [keep, remove]
    default: remove
    type: str
  owner:
    description: The file's owner, who alone may read it.
    default: mosquitto
    type: str
"""

import base64
import hashlib
import hmac
import os
import pwd
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

ITERATIONS = 101
"""What mosquitto_passwd takes by default; the passwords are random and long, so more would add nothing."""

SALT_BYTES = 12


def hashed(password, salt, iterations=ITERATIONS):
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)
    return "$7$%d$%s$%s" % (iterations, base64.b64encode(salt).decode(), base64.b64encode(digest).decode())


def fits(entry, password):
    try:
        _, kind, iterations, salt, _ = entry.split("$")
        return kind == "7" and hmac.compare_digest(entry, hashed(password, base64.b64decode(salt), int(iterations)))
    except ValueError:
        return False


def sync(folder):
    """A box that has its new password must not meet the old file after the broker's power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def main():
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "users": {"type": "dict", "default": {}, "no_log": True},
            "absent": {"type": "list", "elements": "str", "default": []},
            "others": {"type": "str", "choices": ["keep", "remove"], "default": "remove"},
            "owner": {"type": "str", "default": "mosquitto"},
        },
        supports_check_mode=True,
    )
    path = Path(module.params["path"])
    users = module.params["users"]
    lines = path.read_text().splitlines() if path.exists() else []
    before = dict(line.split(":", 1) for line in lines if ":" in line)
    after = dict(before) if module.params["others"] == "keep" else {}
    after |= {
        user: before[user] if fits(before.get(user, ""), password) else hashed(password, os.urandom(SALT_BYTES))
        for user, password in users.items()
    }
    after = {user: entry for user, entry in sorted(after.items()) if user not in module.params["absent"]}
    new = sorted(user for user in after if after[user] != before.get(user))
    gone = sorted(set(before) - set(after))
    if (new or gone) and not module.check_mode:
        half = path.with_name(path.name + ".new")
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.writelines("%s:%s\n" % entry for entry in after.items())
            os.fchown(file.fileno(), pwd.getpwnam(module.params["owner"]).pw_uid, -1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        sync(path.parent)
    module.exit_json(changed=bool(new or gone), written=new, removed=gone)


if __name__ == "__main__":
    main()
