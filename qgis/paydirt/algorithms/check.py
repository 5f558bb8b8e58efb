"""`paydirt check`"""

from __future__ import annotations

from qgis.core import QgsProcessingOutputString

from ..algorithm import PaydirtAlgorithm, tell


class Check(PaydirtAlgorithm):
    """Reads everything and changes nothing."""

    command = "check"
    title = "2 Check a project"
    help = (
        "Reads everything that a project names and writes nothing: what would be read, what would be left out "
        "and why, and what memory, disk and time a run would take. The answer stands in the log."
    )
    shared = ("SET", "SEED", "THREADS", "MAX_MEMORY")

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declares the parameters and outputs."""
        self.add_project()
        self.add_shared()
        self.addOutput(QgsProcessingOutputString("ANSWER", "What was found"))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Runs the command."""
        project = self.file(parameters, "PROJECT", context)
        answer = self.call(self.options(parameters, context), [project], feedback)
        tell(answer, feedback)
        return {"ANSWER": answer}
