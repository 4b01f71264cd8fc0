"""Push-ups, sit-ups and the plank: what is done on the floor."""

from collections.abc import Sequence
from typing import Final

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.movement import Verdict, at, mean, span, travel
from edge.posture.exercise.swing import Swing, Turn

_HORIZONTAL: Final = 52.0
"""Degrees of 3D lean of somebody on hands and feet, hands on a bench included; 65–115 on the floor."""

_LOW: Final = 1.65
"""Shoulders over ankles in torso lengths, on average: 0–1.2 in push-ups, 2.0 and more standing."""

_HANDS_PLANTED: Final = 0.55
"""Torso lengths the hands may seem to move in a push-up: usually 0.2."""

_LYING: Final = 60.0
"""Degrees of 3D lean at the bottom of a sit-up: 75–115."""

_KNEES_UP: Final = 125.0
"""Degrees at the knees, on average over a sit-up: 60–95."""


class PushUp:
    """The shoulders sink between planted hands and rise again."""

    exercise = "pushup"
    company = 2

    def __init__(self) -> None:
        self.swing = Swing(depth=0.22, back=0.65, home=0.55, longest_s=8.0)

    def signal(self, figure: Figure) -> float:
        """Height of the shoulders over the hands, in torso lengths."""
        return -figure.reach

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Horizontal, hands planted below the shoulders, elbows bending."""
        scale = max(figure.scale for figure in figures)
        if turn.duration_s < 0.45 or mean([figure.lean_world for figure in figures]) < _HORIZONTAL:
            return Verdict.NO
        if mean([figure.stature for figure in figures]) > _LOW or max(figure.reach for figure in figures) > 0.0:
            return Verdict.NO
        hands = travel([figure.wrist for figure in figures])
        if hands > _HANDS_PLANTED * scale or span([figure.shoulder[1] for figure in figures]) < 1.2 * min(
            hands, 0.15 * scale
        ):
            return Verdict.NO
        elbows = [figure.arm for figure in figures]
        if max(elbows) - min(elbows) < 20.0 or mean([figure.leg for figure in figures]) < 115.0:
            return Verdict.NO
        return Verdict.SURE


class SitUp:
    """Lying on the back with the knees up, the trunk rises and goes back."""

    exercise = "situp"
    company = 2

    def __init__(self) -> None:
        self.swing = Swing(depth=9.0, back=0.6, home=85.0, longest_s=8.0)

    def signal(self, figure: Figure) -> float:
        """Mean of the hips' angle and the trunk's 3D lean: both shrink when the trunk rises."""
        return (figure.bend + figure.lean_world) / 2

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """From lying, knees bent and feet planted, hips on the floor."""
        scale = max(figure.scale for figure in figures)
        if turn.duration_s < 0.6 or figures[0].lean_world < _LYING or abs(figures[0].seat) > 0.9:
            return Verdict.NO
        if mean([figure.leg for figure in figures]) > _KNEES_UP:
            return Verdict.NO
        if travel([figure.hip for figure in figures]) > 0.4 * scale:
            return Verdict.NO
        if travel([figure.ankle for figure in figures]) > 0.45 * scale:
            return Verdict.NO
        if span([figure.shoulder[1] for figure in figures]) < 0.1 * scale:
            return Verdict.NO
        if turn.high - turn.low < 20.0:
            return Verdict.LIKELY
        return Verdict.SURE


def planks(figure: Figure) -> bool:
    """Whether somebody holds the body straight and off the floor, on hands or forearms."""
    if not _HORIZONTAL < figure.lean_world < 125.0 or figure.stature > _LOW:
        return False
    if figure.bend < 140.0 or figure.leg < 130.0:
        return False
    elbow_y = (figure.elbow_spots[0][1] + figure.elbow_spots[1][1]) / 2
    support = max(figure.wrist[1], elbow_y) - figure.shoulder[1]
    return support > 0.3 * figure.scale and at_side(figure) < 0.75 * figure.scale


def at_side(figure: Figure) -> float:
    """How far the supporting elbows are from below the shoulders, along the picture."""
    elbow_x = (figure.elbow_spots[0][0] + figure.elbow_spots[1][0]) / 2
    return abs(elbow_x - figure.shoulder[0])


__all__ = ["PushUp", "SitUp", "at", "planks"]
