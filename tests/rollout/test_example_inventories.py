"""The inventories that operators begin with give every box a configuration that it would take."""

import subprocess
import sys
from pathlib import Path

import pytest
from rollout.conftest import ANSIBLE, CHECKOUT

from edge import config

RENDER = """
- hosts: pose_edge_boxes
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.import_role: {name: pose_edge, tasks_from: settings}
    - ansible.builtin.copy:
        content: "{{ pose_edge_settings | to_pose_edge_toml }}"
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}.toml"
"""


@pytest.mark.parametrize("name", ["care-home", "gym-chain"])
def test_every_box_of_an_example_gets_a_configuration_without_fault(name: str, tmp_path: Path) -> None:
    (tmp_path / "render.yml").write_text(RENDER)
    done = subprocess.run(
        [
            *(ANSIBLE / "ansible-playbook", "-i", f"inventories/{name}", tmp_path / "render.yml"),
            *("-e", f"ansible_python_interpreter={sys.executable}"),
        ],
        cwd=CHECKOUT / "ansible",
        env={"PATH": f"{ANSIBLE}:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = sorted(tmp_path.glob("*.toml"))
    assert len(written) == 3
    zones = 0
    for path in written:
        # These two files are on the boxes alone.
        lines = [line for line in path.read_text().splitlines() if not line.startswith(("ca_file", "password_file"))]
        path.write_text("\n".join(lines))
        zones += len(config.load(path, environ={}, overrides={}).zones)
    assert zones > 0
