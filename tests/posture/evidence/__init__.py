"""What judges the posture room: degraded traces, a grid of studio scenes, simulated days; see docs/accuracy.md.

The modules are run by name from the repository's root, `python -m tests.posture.evidence.NAME`.
"""
