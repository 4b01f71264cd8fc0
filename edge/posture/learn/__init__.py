"""Learns the posture classifier's weights: `python -m edge.posture.learn`. Nothing that runs on a box imports this."""
