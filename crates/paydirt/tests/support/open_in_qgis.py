"""Opens a project in QGIS and prints what it understood."""
import sys

from qgis.core import QgsApplication, QgsProject

application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
assert project.read(sys.argv[1]), project.error()
print("system", project.crs().authid())
for group in project.layerTreeRoot().children():
    print(group.name(), "shown" if group.isVisible() else "hidden")
    for node in group.findLayers():
        layer = node.layer()
        assert layer is not None and layer.isValid(), node.name()
        print(" ", node.name(), layer.renderer().type(), "shown" if node.isVisible() else "hidden")
