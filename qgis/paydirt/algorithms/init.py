"""`paydirt init`"""

from __future__ import annotations

import json

from qgis.core import (
    QgsProcessingOutputNumber,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
)

from ..algorithm import PaydirtAlgorithm


class Init(PaydirtAlgorithm):
    """Writes a project file for a folder of data."""

    command = "init"
    title = "1 Begin: write a project file"
    help = (
        "Looks through a folder of rasters and vectors and writes a commented project file for it. "
        "Read that file once and correct it: which layer is evidence and which file holds the deposits is a guess."
    )
    shared = ("OVERWRITE",)

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declares the parameters and outputs."""
        folder = QgsProcessingParameterFile.Folder
        self.addParameter(QgsProcessingParameterFile("FOLDER", "Folder with the data", behavior=folder))
        self.addParameter(
            QgsProcessingParameterFileDestination(
                "PROJECT",
                "Project file (skipped: project.toml in that folder)",
                "Project file (*.toml)",
                optional=True,
                createByDefault=False,
            )
        )
        self.add_shared()
        self.addOutput(QgsProcessingOutputNumber("LAYERS", "Number of evidence layers"))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Runs the command."""
        options = ["--json", *self.options(parameters, context)]
        project = self.parameterAsFileOutput(parameters, "PROJECT", context)
        if project:
            options.append(f"--out={project}")
        answer = json.loads(self.call(options, [self.file(parameters, "FOLDER", context)], feedback))
        feedback.pushInfo(f"wrote {answer['project']}: {answer['evidence']} evidence layers; read it once")
        return {"PROJECT": answer["project"], "LAYERS": answer["evidence"]}
