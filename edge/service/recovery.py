"""Counts what the box did to recover, rung by rung of the ladder in docs/operations.md, for health."""

from dataclasses import dataclass, field
from typing import Any

from edge.service.restarts import Past


@dataclass(slots=True)
class Recovery:
    """What this run did by itself, and what earlier runs ended with.

    Only the capturing thread counts, and whole numbers may be read by any.

    Attributes:
        past: What became of the runs before this one.
        overdue: How often frames stayed away for `source.read_timeout_s`; each wait ends by cancelling what was asked
            of the camera, or goes on while a stream connects again.
        returned: How often they came again without a restart.
    """

    past: Past = field(default_factory=Past)
    overdue: int = 0
    returned: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Within the payload of the health topic."""
        return {
            "overdue": self.overdue,
            "returned": self.returned,
            "restarts": dict(self.past.ends),
            "blind": self.past.blind,
            "last": self.past.why or None,
        }
