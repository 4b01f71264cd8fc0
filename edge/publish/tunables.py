"""Which settings may be changed over MQTT, with the bounds that the configuration gives them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Value: TypeAlias = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Tunable:
    """A setting that may be changed while the box runs.

    Attributes:
        key: Its name in the configuration: `pace.max_cpu_percent`.
        title: A few words.
        kind: `number`, `switch` (true or false) or `select` (one of `options`).
        whole: Whether a number has no fraction.
        minimum: Lowest number.
        maximum: Highest number.
        options: What may be selected.
    """

    key: str
    title: str
    kind: Literal["number", "switch", "select"]
    whole: bool = False
    minimum: float = -math.inf
    maximum: float = math.inf
    options: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What it takes, in words that finish the sentence "must be …"."""
        match self.kind:
            case "switch":
                return "true or false"
            case "select":
                return f"one of {', '.join(self.options)}"
            case "number":
                return f"a {'whole ' if self.whole else ''}number from {self.minimum:g} to {self.maximum:g}"

    def takes(self, value: Value) -> bool:
        """Whether a value is allowed; types are strict, as in the configuration file."""
        match self.kind:
            case "switch":
                return isinstance(value, bool)
            case "select":
                return value in self.options
            case "number":
                if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
                    return False
                return self.minimum <= value <= self.maximum


def tunables(schema: Mapping[str, Any], keys: Iterable[str]) -> tuple[Tunable, ...]:
    """Read titles and bounds of some keys from the JSON Schema of the configuration.

    Raises:
        ValueError: A key is not in the schema, or is neither a bounded number, a truth value nor a choice.
    """
    return tuple(_tunable(schema, key) for key in keys)


def _tunable(schema: Mapping[str, Any], key: str) -> Tunable:
    table, _, name = key.partition(".")
    try:
        reference = schema["properties"][table]["$ref"].rpartition("/")[2]
        entry = schema["$defs"][reference]["properties"][name]
    except KeyError:
        raise ValueError(f"{key} is not a key of the configuration") from None
    title = entry["title"]
    match entry:
        case {"enum": list(options)} if all(isinstance(option, str) for option in options):
            return Tunable(key, title, "select", options=tuple(options))
        case {"type": "boolean"}:
            return Tunable(key, title, "switch")
        case {"type": "integer" | "number" as form, "minimum": low, "maximum": high} if "multipleOf" not in entry:
            return Tunable(key, title, "number", whole=form == "integer", minimum=low, maximum=high)
    raise ValueError(f"{key} is of a kind that cannot be changed over MQTT")
