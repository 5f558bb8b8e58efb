"""Loads the styles of a folder in QGIS and prints what it understood."""
import os
import sys

from qgis.core import QgsApplication, QgsRasterLayer, QgsVectorLayer

folder = sys.argv[1]
application = QgsApplication([], False)
application.initQgis()


def load(layer, name):
    assert layer.isValid(), name
    message, loaded = layer.loadNamedStyle(os.path.join(folder, name + ".qml"))
    assert loaded, (name, message)
    return layer


def raster(name):
    path = os.path.join(folder, name + ".asc")
    with open(path, "w") as file:
        file.write("ncols 3\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\nNODATA_value -9\n0 1 2\n")
    return load(QgsRasterLayer(path, name), name)


def shade(shader, value):
    shown, red, green, blue, _ = shader.shade(value)
    return "#%02x%02x%02x" % (red, green, blue) if shown else None


for name in ["prospectivity", "prospectivity_rank", "faded", "spread", "attribution_as", "applicability"]:
    layer = raster(name)  # a layer that Python lets go takes its renderer with it
    renderer = layer.renderer()
    function = renderer.shader().rasterShaderFunction()
    print(name, renderer.type(), [item.label for item in function.colorRampItemList()])
    if name == "faded":
        print("  opaque by band", renderer.alphaBand())
    if name == "prospectivity":
        print("  0.25 is", shade(function, 0.25), "and a float below is", shade(function, 0.24999998509883880615))

layer = raster("coverage")
renderer = layer.renderer()
print("coverage", renderer.type(), [(c.value, c.label, c.color.alpha()) for c in renderer.classes()])

for name in ["dominant_cause", "prediction_set", "risk_return"]:
    layer = raster(name)
    print(name, layer.renderer().type(), [(c.value, c.label, c.color.name()) for c in layer.renderer().classes()])

targets = load(QgsVectorLayer("Polygon?field=rank:integer", "targets", "memory"), "targets")
rules = targets.renderer().rootRule().children()
print("targets", targets.renderer().type(), [(rule.label(), rule.filterExpression(), rule.symbol().symbolLayer(0).strokeWidth()) for rule in rules])
print("  labels", targets.labelsEnabled(), targets.labeling().settings().fieldName)

deposits = load(QgsVectorLayer("Point?field=name:string", "deposits", "memory"), "deposits")
marker = deposits.renderer().symbol().symbolLayer(0)
print("deposits", deposits.renderer().type(), marker.color().name(), marker.size())
print("  labels", deposits.labelsEnabled(), deposits.labeling().settings().fieldName)
