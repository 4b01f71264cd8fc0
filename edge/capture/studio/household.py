"""What people do at home all day, each from standing or from a seat, and the same again at the end."""

from typing import Final

from edge.capture.studio.script import Label
from edge.capture.studio.stance import ARMS_DOWN, SITTING, STANDING, Changes, both, left, right
from edge.capture.studio.writer import ScriptWriter

CARRYING: Final[Changes] = both(shoulder_flexion=25, shoulder_abduction=4, elbow=85)
"""Arms around something held before the belly."""

_OVERHEAD: Final[Changes] = both(shoulder_flexion=0, shoulder_abduction=165, elbow=20)


def reach_up(writer: ScriptWriter) -> None:
    """Take something from a high shelf with one hand."""
    writer.move(0.9, Label.MOVING, right(shoulder_flexion=150, elbow=15)).hold(1.0, Label.STANDING)
    writer.move(0.9, Label.MOVING, ARMS_DOWN)


def wipe(writer: ScriptWriter, strokes: int) -> None:
    """Wipe a table: the right arm goes to and fro."""
    lean = both(hip_flexion=12) | left(shoulder_flexion=35, elbow=40)
    writer.move(0.7, Label.MOVING, lean, right(shoulder_flexion=45, elbow=60), {"spine_bend": 22.0}, pitch=6)
    for _ in range(strokes):
        writer.move(0.6, Label.MOVING, right(shoulder_flexion=75, elbow=15))
        writer.move(0.6, Label.MOVING, right(shoulder_flexion=45, elbow=60))
    writer.move(0.7, Label.MOVING, STANDING, pitch=0)


def low_cupboard(writer: ScriptWriter, seconds: float) -> None:
    """Squat down before a low cupboard, search in it, rise."""
    low = both(hip_flexion=105, knee=118, ankle=22, hip_abduction=8, shoulder_flexion=60, elbow=30)
    writer.move(1.5, Label.MOVING, low, {"spine_bend": 25.0}, pitch=15)
    writer.move(0.8, Label.MOVING, right(shoulder_flexion=85, elbow=10)).hold(seconds, Label.BENDING)
    writer.move(1.7, Label.MOVING, STANDING, pitch=0)


def stretch(writer: ScriptWriter) -> None:
    """Stretch both arms over the head for a moment."""
    writer.move(0.9, Label.MOVING, _OVERHEAD).hold(0.6, Label.STANDING).move(0.9, Label.MOVING, ARMS_DOWN)


def hands_over_head(writer: ScriptWriter, seconds: float) -> None:
    """Call for help: both hands over the head, and held there."""
    writer.move(0.9, Label.MOVING, _OVERHEAD).mark("help").hold(seconds, Label.HAND_UP)
    writer.move(0.9, Label.MOVING, ARMS_DOWN)


def lean_over(writer: ScriptWriter, seconds: float) -> None:
    """Bend over a bed with both arms ahead, and work there: as a carer does."""
    bent = both(hip_flexion=75, knee=12, ankle=5, shoulder_flexion=95, elbow=15)
    writer.move(1.2, Label.BENDING, bent, {"spine_bend": 35.0, "neck_bend": -10.0}, pitch=45)
    until_s = writer.t_s + seconds
    while writer.t_s < until_s:
        writer.move(1.1, Label.BENDING, right(shoulder_flexion=110, elbow=5) | left(shoulder_flexion=70, elbow=50))
        writer.move(1.1, Label.BENDING, right(shoulder_flexion=70, elbow=50) | left(shoulder_flexion=110, elbow=5))
    writer.move(1.3, Label.MOVING, STANDING, pitch=0)


def drink(writer: ScriptWriter) -> None:
    """Seated: take a cup to the mouth and put it back."""
    writer.move(1.0, Label.MOVING, right(shoulder_flexion=50, shoulder_abduction=15, elbow=130))
    writer.hold(1.2, Label.SITTING).move(1.0, Label.MOVING, SITTING)


def tie_shoes(writer: ScriptWriter) -> None:
    """Seated: bend down to the feet, and sit up again."""
    writer.move(1.2, Label.MOVING, both(shoulder_flexion=75, elbow=10), {"spine_bend": 70.0, "neck_bend": -15.0})
    for _ in range(3):
        writer.move(0.7, Label.BENDING, both(elbow=35)).move(0.7, Label.BENDING, both(elbow=10))
    writer.move(1.3, Label.MOVING, SITTING, {"neck_bend": 0.0})


def lean_back(writer: ScriptWriter) -> None:
    """Seated: slouch, legs stretched."""
    slouch = both(hip_flexion=62, knee=50, ankle=-5, shoulder_flexion=10, shoulder_abduction=15, elbow=60)
    writer.move(2.0, Label.MOVING, slouch, {"spine_bend": 12.0, "neck_bend": 12.0}, pitch=-24)


def sit_up(writer: ScriptWriter) -> None:
    """Seated: upright again after `lean_back`."""
    writer.move(1.6, Label.MOVING, SITTING, {"neck_bend": 0.0}, pitch=-2)


def turn_over(writer: ScriptWriter, roll: float) -> None:
    """In bed: from wherever to the side (`roll` ±70) or onto the back (0)."""
    bent = abs(roll) / 70.0
    legs = both(hip_flexion=6 + 45 * bent, knee=6 + 60 * bent)
    arms = both(shoulder_flexion=5 + 55 * bent, elbow=18 + 50 * bent)
    writer.move(2.2, Label.MOVING, legs, arms, roll=roll)


def stir(writer: ScriptWriter) -> None:
    """On the floor: move the arms and try to raise the head."""
    arms = right(shoulder_abduction=70, elbow=70) | left(shoulder_abduction=30, elbow=50)
    writer.move(1.1, Label.LYING, arms, {"neck_bend": 25.0}).hold(0.5, Label.LYING)
    writer.move(1.1, Label.LYING, both(shoulder_abduction=50, elbow=25), {"neck_bend": 0.0})
