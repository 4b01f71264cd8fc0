"""What can go wrong with a measurement."""

from edge.errors import EdgeError, ExitCode


class BenchError(EdgeError):
    """A measurement could not be made; the text says why."""

    exit_code = ExitCode.DEFECT
