"""What can go wrong with a measurement."""

from edge.errors import EdgeError, ExitCode


class BenchError(EdgeError):
    """A measurement could not be made; the text says why.

    Args:
        text: One line.
        exit_code: That of a contender's own error, where there is one.
    """

    def __init__(self, text: str, exit_code: ExitCode = ExitCode.DEFECT) -> None:
        super().__init__(text)
        self.exit_code = exit_code
