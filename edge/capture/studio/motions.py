"""The things a figure can do, each from standing (or from where the one before it ended), relative to where it is."""

from typing import Final

from edge.capture.studio.script import Label, plunge, slow_down, speed_up
from edge.capture.studio.stance import ARMS_DOWN, SITTING, STANDING, Changes, both, left, right
from edge.capture.studio.writer import ScriptWriter


def sit_down(writer: ScriptWriter) -> None:
    """Sit down on a `Chair.under` where the figure stands."""
    lean = both(hip_flexion=60, knee=58, ankle=16, shoulder_flexion=30, elbow=40)
    writer.move(0.8, Label.MOVING, lean, {"spine_bend": 45.0}, pitch=10)
    writer.move(0.8, Label.MOVING, SITTING, pitch=-2).mark("sat_down")


def stand_up(writer: ScriptWriter) -> None:
    """Rise from a chair."""
    lean = both(hip_flexion=72, knee=68, ankle=16, shoulder_flexion=35, elbow=40)
    writer.move(0.8, Label.MOVING, lean, {"spine_bend": 40.0}, pitch=14)
    writer.move(0.9, Label.MOVING, STANDING, pitch=0).mark("stood_up")


def pick_up(writer: ScriptWriter) -> None:
    """Bend down, reach the floor in front with the right hand, rise."""
    legs = both(hip_flexion=72, hip_abduction=6, knee=52, ankle=24)
    arms = right(shoulder_flexion=105, elbow=4, shoulder_abduction=5) | left(shoulder_flexion=55, elbow=20)
    writer.move(1.3, Label.BENDING, legs, arms, {"spine_bend": 62.0, "neck_bend": -10.0}, pitch=20)
    writer.hold(0.5, Label.BENDING).mark("picked_up")
    writer.move(1.3, Label.MOVING, STANDING, pitch=0)


def raise_right_hand(writer: ScriptWriter) -> None:
    """Hold the right hand over the head, then lower it."""
    writer.move(0.7, Label.MOVING, right(shoulder_flexion=0, shoulder_abduction=165, elbow=12)).mark("hand_up")
    writer.hold(1.5, Label.HAND_UP).move(0.7, Label.MOVING, ARMS_DOWN)


def raise_left_hand(writer: ScriptWriter) -> None:
    """Hold the left hand up beside the head, elbow bent, then lower it."""
    writer.move(0.8, Label.MOVING, left(shoulder_flexion=40, shoulder_abduction=40, elbow=110)).mark("hand_up")
    writer.hold(1.2, Label.HAND_UP).move(0.8, Label.MOVING, ARMS_DOWN)


def fall_forward(writer: ScriptWriter, lying_s: float) -> None:
    """Trip and fall on the face; lie for `lying_s`."""
    trip = both(knee=25, hip_flexion=20, ankle=5, shoulder_flexion=60, shoulder_abduction=15, elbow=30)
    reach = both(knee=38, hip_flexion=12, ankle=-30, shoulder_flexion=110, shoulder_abduction=20, elbow=45)
    prone = {
        **left(shoulder_flexion=0, shoulder_abduction=115, shoulder_twist=85, elbow=75),
        **right(shoulder_flexion=0, shoulder_abduction=140, shoulder_twist=85, elbow=50),
        **both(hip_flexion=0, knee=6, ankle=-55, hip_abduction=7),
    }
    writer.mark("fall").move(0.30, Label.FALLING, trip, ease=speed_up, pitch=18)
    writer.move(0.55, Label.FALLING, reach, {"spine_bend": 5.0, "neck_bend": -15.0}, ease=plunge, pitch=74)
    head = {"spine_bend": 0.0, "neck_bend": -8.0, "neck_side": 15.0, "neck_turn": 35.0}
    writer.move(0.25, Label.FALLING, prone, head, ease=slow_down, pitch=90)
    writer.mark("landed").hold(lying_s, Label.LYING)


def fall_sideways(writer: ScriptWriter, lying_s: float) -> None:
    """Collapse onto the right side; lie for `lying_s`."""
    buckle = both(knee=30, hip_flexion=25, ankle=8) | left(shoulder_abduction=70)
    buckle |= right(shoulder_flexion=20, shoulder_abduction=60)
    drop = both(knee=55, hip_flexion=40, ankle=0) | left(shoulder_abduction=60, shoulder_flexion=40)
    drop |= right(shoulder_flexion=60, shoulder_abduction=40, elbow=40)
    lie = {
        **left(hip_flexion=45, knee=60, shoulder_flexion=70, shoulder_abduction=15, elbow=50),
        **right(hip_flexion=25, knee=40, shoulder_flexion=95, shoulder_abduction=10, elbow=40),
        **both(ankle=-20),
    }
    writer.mark("fall").move(0.35, Label.FALLING, buckle, ease=speed_up, roll=20)
    writer.move(0.50, Label.FALLING, drop, {"spine_side": -8.0}, ease=plunge, roll=72)
    writer.move(0.25, Label.FALLING, lie, {"spine_side": 0.0, "neck_side": -12.0}, ease=slow_down, roll=90)
    writer.mark("landed").hold(lying_s, Label.LYING)


def fall_backward(writer: ScriptWriter, lying_s: float) -> None:
    """Fall over backward onto the seat, then the back; lie for `lying_s`."""
    tip = both(knee=40, hip_flexion=35, ankle=8, shoulder_flexion=45, shoulder_abduction=30, elbow=30)
    seat = both(knee=80, hip_flexion=80, ankle=-5, shoulder_flexion=10, shoulder_abduction=45, elbow=30)
    supine = both(knee=25, hip_flexion=14, ankle=-25, hip_abduction=12)
    supine |= both(shoulder_abduction=50, shoulder_flexion=0, elbow=25)
    writer.mark("fall").move(0.35, Label.FALLING, tip, ease=speed_up, pitch=-15)
    writer.move(0.45, Label.FALLING, seat, {"spine_bend": 25.0, "neck_bend": 20.0}, ease=plunge, pitch=-45)
    writer.move(0.40, Label.FALLING, supine, {"spine_bend": 0.0, "neck_bend": -3.0}, ease=speed_up, pitch=-90)
    writer.mark("landed").hold(lying_s, Label.LYING)


def get_up(writer: ScriptWriter) -> None:
    """Rise from lying on the back or a side: sit up, crouch, stand."""
    sit = both(hip_flexion=75, hip_abduction=10, knee=25, ankle=-10)
    sit |= both(shoulder_flexion=-15, shoulder_abduction=30, elbow=15)
    crouch = both(hip_flexion=112, hip_abduction=14, knee=125, ankle=12, shoulder_flexion=45, elbow=20)
    writer.move(1.3, Label.MOVING, sit, {"spine_bend": 28.0}, pitch=-18, roll=0).hold(0.5, Label.SITTING_FLOOR)
    writer.move(1.0, Label.MOVING, crouch, {"spine_bend": 30.0}, pitch=8)
    writer.move(1.4, Label.MOVING, STANDING, pitch=0).mark("got_up")


def squats(writer: ScriptWriter, count: int) -> None:
    """Squat `count` times, arms held forward on the way down."""
    feet = both(hip_abduction=8, hip_twist=10)
    low = both(hip_flexion=105, knee=112, ankle=30, hip_abduction=12, shoulder_flexion=88, elbow=5)
    high = both(hip_flexion=0, knee=0, ankle=0, hip_abduction=8, shoulder_flexion=0, elbow=8)
    writer.move(0.5, Label.STANDING, feet)
    for _ in range(count):
        writer.move(0.95, Label.SQUAT, low, {"spine_bend": 18.0}, pitch=22)
        writer.move(0.95, Label.SQUAT, high, {"spine_bend": 0.0}, pitch=0).mark("rep")
    writer.move(0.5, Label.STANDING, STANDING)


_PUSH_UP_HIGH_PITCH: Final = 68.0
_PUSH_UP_LOW_PITCH: Final = 83.0
_PUSH_UP_HIGH: Final[Changes] = {
    **both(shoulder_flexion=72, shoulder_abduction=12, elbow=2, ankle=-8, hip_flexion=2, knee=2, hip_abduction=3),
    "neck_bend": -25.0,
    "hands_carry": 1.0,
}
_PUSH_UP_LOW: Final[Changes] = both(
    shoulder_flexion=18, shoulder_abduction=42, elbow=92, ankle=6, hip_flexion=2, knee=2
)


def plank(writer: ScriptWriter) -> None:
    """Be in the upper push-up position from now on: for the beginning of a script."""
    writer.move(0.0, Label.PLANK, _PUSH_UP_HIGH, pitch=_PUSH_UP_HIGH_PITCH)


_LOW_CROUCH: Final[Changes] = both(hip_flexion=112, hip_abduction=10, knee=125, ankle=12, shoulder_flexion=60, elbow=15)
_HANDS_ON_FLOOR: Final[Changes] = both(
    hip_flexion=100, knee=85, ankle=15, shoulder_flexion=100, shoulder_abduction=12, elbow=5
)


def get_down_to_plank(writer: ScriptWriter) -> None:
    """From standing: crouch, put the hands on the floor, step back into the upper push-up position."""
    writer.move(1.2, Label.MOVING, _LOW_CROUCH, {"spine_bend": 30.0}, pitch=10)
    writer.move(0.8, Label.MOVING, _HANDS_ON_FLOOR, {"spine_bend": 20.0, "hands_carry": 1.0}, pitch=62)
    writer.move(1.2, Label.MOVING, _PUSH_UP_HIGH, {"spine_bend": 0.0}, pitch=_PUSH_UP_HIGH_PITCH)


def get_up_from_plank(writer: ScriptWriter) -> None:
    """The way back to standing."""
    writer.move(1.2, Label.MOVING, _HANDS_ON_FLOOR, {"spine_bend": 20.0, "neck_bend": 0.0}, pitch=62)
    writer.move(0.8, Label.MOVING, _LOW_CROUCH, {"spine_bend": 30.0, "hands_carry": 0.0}, pitch=10)
    writer.move(1.2, Label.MOVING, STANDING, pitch=0).mark("got_up")


def push_ups(writer: ScriptWriter, count: int) -> None:
    """Do `count` push-ups from a plank."""
    for _ in range(count):
        writer.move(0.85, Label.PUSHUP, _PUSH_UP_LOW, pitch=_PUSH_UP_LOW_PITCH)
        writer.move(0.85, Label.PUSHUP, _PUSH_UP_HIGH, pitch=_PUSH_UP_HIGH_PITCH).mark("rep")


def jumping_jacks(writer: ScriptWriter, count: int) -> None:
    """Do `count` jumping jacks."""
    airborne = both(shoulder_abduction=90, knee=10, hip_flexion=8, ankle=-25) | {"jump": 0.10}
    landed: Changes = {"jump": 0.0}
    open_legs = both(hip_abduction=24, shoulder_abduction=158, knee=8, hip_flexion=6, ankle=0, elbow=14)
    closed_legs = both(hip_abduction=3, shoulder_abduction=12, knee=4, hip_flexion=3, ankle=0, elbow=8)
    for _ in range(count):
        writer.move(0.2, Label.JACK, airborne, both(hip_abduction=14), ease=slow_down)
        writer.move(0.2, Label.JACK, open_legs, landed, ease=speed_up)
        writer.move(0.2, Label.JACK, airborne, both(hip_abduction=12), ease=slow_down)
        writer.move(0.2, Label.JACK, closed_legs, landed, ease=speed_up).mark("rep")
    writer.move(0.3, Label.STANDING, STANDING)
