"""Writes what the virtual camera shows: somebody who walks across a rendered room, as JPEGs counted from 000."""

import sys
from pathlib import Path

import cv2

from edge.capture.studio.source import studio_frames

FRAMES = 150
QUALITY = 90

for number, frame in enumerate(studio_frames("walk_across", count=FRAMES, fps=30)):
    picture = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(Path(sys.argv[1]) / f"{number:03}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
