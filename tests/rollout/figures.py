"""What was measured, for the end of the run."""

import sys

FIGURES: list[str] = []


def measured(figure: str) -> None:
    """Keep a figure for the end, and show it at once with -s."""
    FIGURES.append(figure)
    sys.stdout.write(f"\n{figure}\n")
