"""`python -m edge` is `pose-edge`."""

import sys

from edge.cli import main

sys.exit(main())
