"""ULIDs: ids of 26 characters that sort by time (https://github.com/ulid/spec)."""

import secrets
from collections.abc import Callable
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U."""

_CHARACTERS: Final = 26
_RANDOM_BITS: Final = 80
_TIME_LIMIT: Final = (1 << 48) - 1


class UlidFactory:
    """Makes ids that always rise, also within a millisecond and when the clock is set back.

    Args:
        random_bits: Gives an integer of as many random bits as asked for.
    """

    def __init__(self, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._random_bits = random_bits
        self._last = -1

    def next(self, unix_ms: int) -> str:
        """The next id, for a moment in milliseconds of Unix time."""
        moment = min(max(unix_ms, 0), _TIME_LIMIT)
        if moment > self._last >> _RANDOM_BITS:
            self._last = moment << _RANDOM_BITS | self._random_bits(_RANDOM_BITS)
        else:
            self._last += 1
        return "".join(_ALPHABET[self._last >> 5 * i & 31] for i in reversed(range(_CHARACTERS)))
