"""Puts events into an outbox and delivers some, until killed: tells on standard output what it did, line by line.

Called with the outbox's path, the seed, and the file that stands for the broker: a line there is an acknowledged event.
"""

import random
import sys
import time
from pathlib import Path

from edge.flow import Event
from edge.publish.messages import EventMessage, WallClock
from edge.publish.outbox import Outbox
from edge.publish.ulid import UlidFactory


def main() -> None:
    path, seed, broker = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    draw = random.Random(seed)  # noqa: S311 (a test's dice)
    outbox = Outbox(path)
    outbox.start()
    ulids = UlidFactory()
    with broker.open("a", buffering=1) as delivered:
        while True:
            if draw.random() < 0.5:
                wall = WallClock.now()
                event = Event("rep", t_ns=wall.monotonic_ns, track=1, confidence=1.0)
                unix_ms = wall.unix_ms(event.t_ns)
                message = EventMessage(ulids.next(unix_ms), outbox.last_seq + 1, "hall", unix_ms, event)
                outbox.put(message)
                # From here on it has happened.
                sys.stdout.write(f"{message.seq} {message.id}\n")
                sys.stdout.flush()
            while (stored := outbox.take()) is not None:
                delivered.write(f"{stored.seq} {stored.id}\n")
                if draw.random() < 0.9:
                    outbox.acknowledged(stored.seq)
                else:
                    outbox.rewind()
            time.sleep(0.001)


if __name__ == "__main__":
    main()
