"""What needs Node-RED and a browser is collected only where `scripts/test-node-red` has installed them."""

import os

LAB = "POSE_EDGE_NODE_RED_LAB"

collect_ignore = [] if LAB in os.environ else ["test_node_red.py", "test_browser_page.py"]
