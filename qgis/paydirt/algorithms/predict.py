"""`paydirt predict`"""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingOutputRasterLayer

from ..algorithm import PaydirtAlgorithm, tell


class Predict(PaydirtAlgorithm):
    """Applies a saved model to other ground."""

    command = "predict"
    title = "5 Apply a run to other ground"
    help = (
        "Applies the saved model of a run to the evidence of another project, which must have the same layers. "
        "Writes maps, but no targets and no report. What the run was judged to be worth was measured on its own "
        "ground and does not carry over by itself."
    )
    shared = ("OVERWRITE", "LOAD", "SET", "THREADS", "MAX_MEMORY")

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declares the parameters and outputs."""
        self.add_run()
        self.add_project("Project file of the other ground")
        self.add_out("Folder of the maps")
        self.add_shared()
        self.addOutput(QgsProcessingOutputRasterLayer("PROSPECTIVITY", "Prospectivity"))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Runs the command."""
        out = self.out(parameters, context)
        project = self.file(parameters, "PROJECT", context)
        options = [f"--project={project}", f"--out={out}", *self.options(parameters, context)]
        tell(self.call(options, [self.file(parameters, "RUN", context)], feedback), feedback)
        prospectivity = str(Path(out) / "maps" / "prospectivity.tif")
        if self.wants_layers(parameters, context):
            self.add_layer(prospectivity, "Prospectivity", "PROSPECTIVITY")
        return {"OUT": out, "PROSPECTIVITY": prospectivity}
