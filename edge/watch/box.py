"""What is known about boxes, message by message."""

from collections import deque
from typing import Any, Final

from edge.publish.wire import LandmarkMessage
from edge.watch.reading import Message, listed, number, text

_EVENTS_KEPT: Final = 50
_IDS_KEPT: Final = 256
"""Events that come twice (delivery is at least once) come close together."""

_RATE_OVER: Final = 30
"""Landmark messages over which their rate is taken: three seconds at ten a second."""

MOST_BOXES: Final = 5000
"""Whoever may publish can invent boxes; beyond this they are counted and not kept."""

_WORST_FIRST: Final = ("fall", "offline", "camera", "view", "hot", "ok")


class Box:
    """One box as its messages tell it.

    Attributes:
        device: Device id.
        status: `online`, `offline`, or empty while nothing is known.
        camera: The same of its camera.
        state: The last state message.
        health: The last health message.
        events: The last events, the newest last, each once.
        landmarks: The last landmark message.
        missed: Landmark messages that were lost on the way, by their numbers.
        unreadable: Messages that could not be read.
        fault: Why the last of them could not.
        heard_s: When something fresh came last, on the monotonic clock; None if only kept messages came.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self.status = ""
        self.camera = ""
        self.state: dict[str, Any] = {}
        self.health: dict[str, Any] = {}
        self.events: deque[dict[str, Any]] = deque(maxlen=_EVENTS_KEPT)
        self.landmarks: LandmarkMessage | None = None
        self.missed = 0
        self.unreadable = 0
        self.fault = ""
        self.heard_s: float | None = None
        self._ids: dict[str, None] = {}
        self._landmark_times: deque[float] = deque(maxlen=_RATE_OVER)

    def take(self, message: Message) -> bool:
        """Take a message in; whether it told something new (a repeated event does not)."""
        if not message.retained:
            self.heard_s = message.at_s
        if message.fault:
            self.unreadable += 1
            self.fault = f"{message.kind}: {message.fault}"
            return True
        match message.kind, message.content:
            case "status", str(word):
                self.status = word
            case "camera", str(word):
                self.camera = word
            case "state", dict(document):
                self.state = document
            case "health", dict(document):
                self.health = document
            case "event", dict(document):
                return self._take_event(document)
            case "landmarks", LandmarkMessage() as landmarks:
                self._take_landmarks(landmarks, message.at_s)
        return True

    def _take_event(self, event: dict[str, Any]) -> bool:
        if isinstance(name := event.get("id"), str):
            if name in self._ids:
                return False
            self._ids[name] = None
            if len(self._ids) > _IDS_KEPT:
                del self._ids[next(iter(self._ids))]
        self.events.append(event)
        return True

    def _take_landmarks(self, landmarks: LandmarkMessage, at_s: float) -> None:
        # A lower number is a box that has begun anew.
        if self.landmarks is not None and landmarks.seq > self.landmarks.seq:
            self.missed += landmarks.seq - self.landmarks.seq - 1
        self.landmarks = landmarks
        self._landmark_times.append(at_s)

    @property
    def landmark_rate_hz(self) -> float:
        """Landmark messages a second, of late."""
        times = self._landmark_times
        span_s = times[-1] - times[0] if len(times) > 1 else 0.0
        return (len(times) - 1) / span_s if span_s else 0.0

    def landmarks_age_s(self, now_s: float) -> float | None:
        """Seconds since the last landmark message; None if there was none."""
        return now_s - self._landmark_times[-1] if self._landmark_times else None

    @property
    def people(self) -> int | None:
        """How many are in the room; None while nothing is known."""
        found = number(self.state.get("people"))
        return None if found is None else int(found)

    @property
    def fallen(self) -> bool:
        """Whether somebody is down after a fall."""
        return self.state.get("fall") == "ON"

    @property
    def tracks(self) -> list[dict[str, Any]]:
        """Each person of the state message."""
        return [track for track in listed(self.state.get("tracks")) if isinstance(track, dict)]

    @property
    def worry(self) -> str:
        """What an operator has to look at first: `fall`, `offline`, `camera`, `view`, `hot` or `ok`."""
        if self.fallen:
            return "fall"
        if self.status != "online":
            return "offline"
        if self.camera != "online":
            return "camera"
        if self.state.get("view", "ok") != "ok":
            return "view"
        return "hot" if self.health.get("throttled") is True else "ok"


class Fleet:
    """All boxes that have been heard of.

    Attributes:
        boxes: By device id.
        messages: Messages taken in.
        left_out: Messages of boxes beyond the most that are kept.
    """

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.messages = 0
        self.left_out = 0

    def take(self, message: Message) -> bool:
        """Take a message in; whether it told something new."""
        self.messages += 1
        box = self.boxes.get(message.device)
        if box is None:
            if len(self.boxes) >= MOST_BOXES:
                self.left_out += 1
                return False
            box = self.boxes[message.device] = Box(message.device)
        return box.take(message)

    def worst_first(self) -> list[Box]:
        """Boxes in the order in which somebody should look at them; by name when nothing is wrong."""
        return sorted(self.boxes.values(), key=lambda box: (_WORST_FIRST.index(box.worry), box.device))


def event_in_words(event: dict[str, Any]) -> str:
    """An event for people: `fall_detected #1, confidence 0.90, fall_id …`."""
    words = text(event.get("type"))
    if event.get("track") is not None:
        words += f" #{text(event['track'])}"
    confidence = number(event.get("confidence"))
    if confidence is not None:
        words += f", confidence {confidence:.2f}"
    data = event.get("data")
    details = list(data.items())[:8] if isinstance(data, dict) else []
    words += "".join(f", {text(name)} {text(value)}" for name, value in details)
    delayed = number(event.get("delayed_ms"))
    return words + (f", {delayed / 1000:.0f} s late" if delayed else "")
