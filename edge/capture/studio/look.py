"""What a figure looks like: colours and build."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue in 0..255."""

_SKINS: Final[tuple[Colour, ...]] = ((201, 149, 121), (226, 180, 150), (150, 105, 80), (105, 72, 55), (214, 165, 130))
_HAIRS: Final[tuple[Colour, ...]] = ((58, 42, 32), (28, 24, 22), (120, 84, 50), (168, 168, 170), (92, 50, 34))
_SHIRTS: Final[tuple[Colour, ...]] = (
    (63, 111, 158),
    (168, 66, 62),
    (72, 128, 84),
    (196, 152, 60),
    (122, 82, 140),
    (46, 136, 138),
)
_TROUSERS: Final[tuple[Colour, ...]] = ((53, 55, 63), (62, 74, 104), (98, 84, 66), (40, 44, 42), (110, 112, 116))
_SHOES: Final[tuple[Colour, ...]] = ((216, 214, 208), (60, 52, 48), (150, 44, 40), (90, 96, 104))
"""Clothes and people as one meets them; parts stay apart in brightness or hue, which the detector needs."""

_THINNEST: Final = 0.92
_THICKEST: Final = 1.15
"""Range of builds that the model saw as well as the nominal one."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and build of a figure; the defaults are the nominal figure.

    Attributes:
        thickness: Girth of trunk and limbs against the nominal figure's.
    """

    skin: Colour = _SKINS[0]
    hair: Colour = _HAIRS[0]
    shirt: Colour = _SHIRTS[0]
    trousers: Colour = _TROUSERS[0]
    shoes: Colour = _SHOES[0]
    thickness: float = 1.0


def random_look(random: np.random.Generator) -> Look:
    """A look drawn from the palettes."""

    def one_of(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(random.integers(len(colours)))]

    return Look(
        skin=one_of(_SKINS),
        hair=one_of(_HAIRS),
        shirt=one_of(_SHIRTS),
        trousers=one_of(_TROUSERS),
        shoes=one_of(_SHOES),
        thickness=float(random.uniform(_THINNEST, _THICKEST)),
    )


NOMINAL_LOOKS: Final = (
    Look(),
    Look(skin=_SKINS[1], hair=_HAIRS[2], shirt=_SHIRTS[1], trousers=_TROUSERS[1], shoes=_SHOES[1]),
    Look(skin=_SKINS[2], hair=_HAIRS[1], shirt=_SHIRTS[3], trousers=_TROUSERS[4], shoes=_SHOES[3]),
)
"""Looks of the first, second and third actor of a nominal scene."""
