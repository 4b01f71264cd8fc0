"""A real Home Assistant is collected only where `scripts/test-homeassistant` has installed one."""

import os

collect_ignore_glob = [] if "POSE_EDGE_HASS" in os.environ else ["test_*.py"]
