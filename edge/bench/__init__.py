"""Measures the box against MediaPipe's own loop: same frames, same machine, same minute.

Each contender is a process of its own, started once, and given its turn in short slices that alternate, so that what
else the machine does falls on all of them. The measuring process plays no part in the flow.
"""
