"""Draws maps as QGIS shows them, without its window: `qgis_map.py RUNS`, with the Python that QGIS brings."""

import sys
from pathlib import Path

from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QSize

runs = Path(sys.argv[1])
out = Path(__file__).parent.parent / "tutorial"
app = QgsApplication([], False)
app.initQgis()


def draw(layers, extent, name):
    """Draws layers, the first on top, as WebP."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[-1].crs())
    settings.setExtent(extent)
    settings.setOutputSize(QSize(820, round(820 * extent.height() / extent.width())))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    if not job.renderedImage().save(str(out / f"{name}.webp"), "WEBP", 80):
        raise SystemExit(f"{name}.webp cannot be written")
    print(f"tutorial/{name}.webp")


# The project file of a run, with the layers that it shows.
project = QgsProject.instance()
project.read(str(runs / "ground/ground.run/project.qgz"))
named = [project.mapLayersByName(name)[0] for name in ("Known deposits", "Targets", "Prospectivity")]
draw(named, named[-1].extent(), "qgis")

# The map that was predicted, in its own style, with the deposits of a run that it never saw.
rank = QgsRasterLayer(str(runs / "ground/south.predicted/maps/prospectivity_rank.tif"), "rank")
rank.loadDefaultStyle()
deposits = QgsVectorLayer(str(runs / "ground/carlin_deposits.gpkg"), "deposits")
deposits.setRenderer(named[0].renderer().clone())
extent = rank.extent()
extent.setYMaximum(extent.yMinimum() + 0.74 * extent.height())
draw([deposits, rank], extent, "south")
