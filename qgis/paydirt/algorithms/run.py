"""`paydirt run`"""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
)

from ..algorithm import PaydirtAlgorithm, tell


class Run(PaydirtAlgorithm):
    """The whole walk."""

    command = "run"
    title = "4 Run a project"
    help = (
        "Reads, judges on held-out ground, fits, draws, explains, ranks targets and writes a report. "
        "Prospectivity is a calibrated probability, small nearly everywhere: read its classes by share of area, "
        "and the report before the map. A folder that Paydirt did not make is never replaced. "
        "A temporary folder is gone when QGIS ends. project.qgz in the folder opens everything at once."
    )
    shared = ("OVERWRITE", "LOAD", "SET", "SEED", "THREADS", "MAX_MEMORY")

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declares the parameters and outputs."""
        self.add_project()
        self.add_out("Run folder")
        self.add_shared()
        self.addOutput(QgsProcessingOutputRasterLayer("PROSPECTIVITY", "Prospectivity"))
        self.addOutput(QgsProcessingOutputVectorLayer("TARGETS", "Targets"))
        self.addOutput(QgsProcessingOutputHtml("REPORT", "Report"))
        self.addOutput(QgsProcessingOutputFile("QGIS_PROJECT", "QGIS project of the run"))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Runs the command; a project of table rows has a report but no maps."""
        out = self.out(parameters, context)
        options = [f"--out={out}", *self.options(parameters, context)]
        tell(self.call(options, [self.file(parameters, "PROJECT", context)], feedback), feedback)
        results = {"OUT": out}
        files = {
            "PROSPECTIVITY": "maps/prospectivity.tif",
            "TARGETS": "targets.gpkg",
            "REPORT": "report.html",
            "QGIS_PROJECT": "project.qgz",
        }
        for output, file in files.items():
            if (Path(out) / file).is_file():
                results[output] = str(Path(out) / file)
        if "TARGETS" in results:
            results["TARGETS"] += "|layername=targets"
        if self.wants_layers(parameters, context):
            # The later is added above the earlier.
            for output, name in (("PROSPECTIVITY", "Prospectivity"), ("TARGETS", "Targets")):
                if output in results:
                    self.add_layer(results[output], name, output)
        return results
