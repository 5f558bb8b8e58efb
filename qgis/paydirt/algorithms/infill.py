"""`paydirt infill`"""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingOutputHtml, QgsProcessingOutputVectorLayer

from ..algorithm import PaydirtAlgorithm, tell


class Infill(PaydirtAlgorithm):
    """Fills in mineral records."""

    command = "infill"
    title = "7 Fill in mineral records"
    help = (
        "Hides mineral records, learns to fill them in, and flags ground where a species is missing from the "
        "record. Takes the project file of an infilling, not that of a run. A score is what the model expects "
        "to be recorded, not a chance of ore."
    )
    shared = ("OVERWRITE", "LOAD", "SET", "SEED", "THREADS", "MAX_MEMORY")

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declares the parameters and outputs."""
        self.add_project("Project file of an infilling")
        self.add_out("Run folder")
        self.add_shared()
        self.addOutput(QgsProcessingOutputVectorLayer("CLUSTERS", "Flagged ground"))
        self.addOutput(QgsProcessingOutputHtml("REPORT", "Report"))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Runs the command; without maps there is no flagged ground."""
        out = self.out(parameters, context)
        options = [f"--out={out}", *self.options(parameters, context)]
        tell(self.call(options, [self.file(parameters, "PROJECT", context)], feedback), feedback)
        results = {"OUT": out, "REPORT": str(Path(out) / "report.html")}
        clusters = Path(out) / "clusters.gpkg"
        if clusters.is_file():
            results["CLUSTERS"] = f"{clusters}|layername=clusters"
            if self.wants_layers(parameters, context):
                self.add_layer(results["CLUSTERS"], "Flagged ground", "CLUSTERS")
        return results
