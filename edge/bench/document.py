"""A part of a document that is written by a program: what stands between two marks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from edge.errors import OutputError
from edge.files import written_whole

DEFAULT_NAME: Final = "bench"


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between `<!-- NAME -->` and `<!-- /NAME -->`.

    Attributes:
        document: The file.
        name: Of the block.
    """

    document: Path
    name: str = DEFAULT_NAME

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `FILE` or `FILE#NAME`."""
        document, _, name = text.partition("#")
        return cls(Path(document), name or DEFAULT_NAME)

    def check(self) -> None:
        """Make sure that it is there.

        Raises:
            OutputError: The document cannot be read or has no such block.
        """
        self._surroundings()

    def write(self, content: str) -> None:
        """Put this in place of what stands there.

        Raises:
            OutputError: The document cannot be read or written, or has no such block.
        """
        before, after = self._surroundings()
        with written_whole(self.document) as whole:
            whole.write_text(f"{before}{self._begin}\n\n{content}\n\n{self._end}{after}", encoding="utf-8")

    @property
    def _begin(self) -> str:
        return f"<!-- {self.name} -->"

    @property
    def _end(self) -> str:
        return f"<!-- /{self.name} -->"

    def _surroundings(self) -> tuple[str, str]:
        try:
            text = self.document.read_text(encoding="utf-8")
        except OSError as error:
            raise OutputError(f"--update {self.document}: cannot be read: {error.strerror}") from error
        except ValueError:
            raise OutputError(f"--update {self.document}: is not a text file") from None
        before, begin, rest = text.partition(self._begin)
        _, end, after = rest.partition(self._end)
        if not begin or not end:
            raise OutputError(f"--update {self.document}: needs the lines {self._begin} and {self._end}")
        return before, after
