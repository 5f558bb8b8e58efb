"""`paydirt prepare`"""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingOutputFolder

from ..algorithm import PaydirtAlgorithm, tell


class Prepare(PaydirtAlgorithm):
    """Writes the evidence on the one grid."""

    command = "prepare"
    title = "3 Prepare the evidence"
    help = (
        "Brings all evidence of a project onto its one grid and writes it, with styles, into a folder. "
        "Nothing is learnt and no deposits are used."
    )
    shared = ("OVERWRITE", "LOAD", "SET", "THREADS", "MAX_MEMORY")

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declares the parameters and outputs."""
        self.add_project()
        self.add_out("Folder of the layers")
        self.add_shared()
        self.addOutput(QgsProcessingOutputFolder("EVIDENCE", "Evidence layers"))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Runs the command."""
        out = self.out(parameters, context)
        options = [f"--out={out}", *self.options(parameters, context)]
        tell(self.call(options, [self.file(parameters, "PROJECT", context)], feedback), feedback)
        evidence = Path(out) / "evidence"
        if self.wants_layers(parameters, context):
            for raster in sorted(evidence.glob("*.tif"), reverse=True):
                if raster.with_suffix(".qml").is_file():
                    self.add_layer(str(raster), raster.stem)
        return {"OUT": out, "EVIDENCE": str(evidence)}
