"""`paydirt explain`"""

from __future__ import annotations

import os

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingOutputString,
    QgsProcessingParameterPoint,
    QgsRasterLayer,
)

from ..algorithm import PaydirtAlgorithm, tell


class Explain(PaydirtAlgorithm):
    """Explains a place on the map."""

    command = "explain"
    title = "6 Explain a place"
    help = (
        "Says of a place in a run what each evidence layer is there, what it adds to the score and what would "
        "have to change. Click the place with the button beside the field; it may be in any coordinate system. "
        "The answer stands in the log. It explains the model, not the ground."
    )
    shared = ("SET", "THREADS", "MAX_MEMORY")

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declares the parameters and outputs."""
        self.add_run()
        self.addParameter(QgsProcessingParameterPoint("PLACE", "Place"))
        self.add_shared()
        self.addOutput(QgsProcessingOutputString("ANSWER", "Explanation"))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Runs the command at the place, in the coordinates of the run's grid."""
        run = self.file(parameters, "RUN", context)
        place = self.parameterAsPoint(parameters, "PLACE", context, grid_crs(run))
        easting, northing = place.x(), place.y()
        options = [f"--easting={easting!r}", f"--northing={northing!r}", *self.options(parameters, context)]
        answer = self.call(options, [run], feedback)
        tell(answer, feedback)
        return {"ANSWER": answer}


def grid_crs(run: str) -> QgsCoordinateReferenceSystem:
    """Coordinate system of a run's maps; none where it has no maps, and then places are taken as they are."""
    return QgsRasterLayer(os.path.join(run, "maps", "prospectivity.tif")).crs()
