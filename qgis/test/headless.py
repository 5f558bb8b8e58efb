"""Checks the plugin and what `paydirt run` writes for QGIS, without a window.

    headless.py PAYDIRT DISTRICT TINY SCRATCH

DISTRICT and TINY are folders that `paydirt demo` made, SCRATCH is an empty one. Every test says what it looks at.
"""

from __future__ import annotations

import gc
import os
import random
import sqlite3
import sys
import time
import unittest
from pathlib import Path
from xml.etree import ElementTree

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProject,
    QgsRasterLayer,
    QgsReferencedPointXY,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QEventLoop

# Before all that follows: it starts QGIS and says where its plugins are.
from support import DISTRICT, INFILL, PROGRAM, SCRATCH, TINY, Heard, call, children, drawn_by, renderer_of

from processing.core.Processing import Processing
from processing.core.ProcessingConfig import ProcessingConfig
from processing.gui.Postprocessing import handleAlgorithmResults

import paydirt as plugin
from paydirt import command

# Python must not let go of these in an order that QGIS does not expect.
KEPT: list = []
GROUPS = ["Targets and deposits", "Prospectivity", "Evidence"]


class Algorithms(unittest.TestCase):
    """The provider in QGIS's registry, and its algorithms on a synthetic district."""

    def test_provider_is_registered(self):
        provider = QgsApplication.processingRegistry().providerById("paydirt")
        names = sorted(algorithm.name() for algorithm in provider.algorithms())
        self.assertEqual(names, ["check", "explain", "infill", "init", "predict", "prepare", "run"])
        for algorithm in provider.algorithms():
            self.assertTrue(algorithm.shortHelpString() and algorithm.displayName(), algorithm.name())

    def test_init_writes_a_project(self):
        project = SCRATCH / "begun.toml"
        results = call("init", FOLDER=DISTRICT / "data", PROJECT=project)
        self.assertEqual(Path(results["PROJECT"]), project)
        self.assertIn("[[evidence]]", project.read_text(encoding="utf-8"))
        self.assertGreaterEqual(results["LAYERS"], 10)

    def test_check_tells_what_the_program_says(self):
        heard = Heard()
        results = call("check", heard, PROJECT=DISTRICT / "project.toml", THREADS=1, MAX_MEMORY="2GiB")
        self.assertIn("study area", results["ANSWER"])
        self.assertTrue(any(line.startswith("read: 10 layers") for line in heard.lines), heard.lines)
        self.assertTrue(any(line.startswith("warning: layer") for line in heard.lines), heard.lines)
        self.assertTrue(any("--threads=1 --max-memory=2GiB" in line for line in heard.lines), heard.lines)

    def test_prepare_writes_evidence(self):
        results = call("prepare", PROJECT=DISTRICT / "project.toml", OUT=SCRATCH / "prepared")
        self.assertTrue((Path(results["EVIDENCE"]) / "arsenic.tif").is_file())

    def test_run_predict_and_explain(self):
        run = SCRATCH / "a run, with 'signs'"
        changed = "model.forest.trees=20\n\n  name=\"asked\"  \n"
        results = call("run", PROJECT=DISTRICT / "project.toml", OUT=run, SET=changed, SEED=3)
        for output in ("PROSPECTIVITY", "REPORT", "QGIS_PROJECT"):
            self.assertTrue(Path(results[output]).is_file(), output)
        written = (run / "project.toml").read_text(encoding="utf-8")
        for line in ("name = \"asked\"", "seed = 3", "trees = 20"):
            self.assertIn(line, written)
        targets = QgsVectorLayer(results["TARGETS"], "targets", "ogr")
        self.assertTrue(targets.isValid() and targets.featureCount() > 0)
        with self.assertRaises(QgsProcessingException) as raised:
            call("run", PROJECT=DISTRICT / "project.toml", OUT=run)
        self.assertIn("is there already", str(raised.exception))

        predicted = call("predict", RUN=run, PROJECT=DISTRICT / "project.toml", OUT=SCRATCH / "predicted")
        self.assertTrue(Path(predicted["PROSPECTIVITY"]).is_file())

        map_of_run = QgsRasterLayer(results["PROSPECTIVITY"])
        corner, cell_m = map_of_run.extent(), map_of_run.rasterUnitsPerPixelX()
        place = QgsPointXY(corner.xMinimum() + 70.5 * cell_m, corner.yMinimum() + 80.5 * cell_m)
        wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
        turned = QgsCoordinateTransform(map_of_run.crs(), wgs84, QgsProject.instance()).transform(place)
        text = f"{place.x():.0f}, {place.y():.0f}: probability"
        for given in (f"{place.x()},{place.y()}", QgsReferencedPointXY(turned, wgs84), QgsPointXY(place)):
            self.assertIn(text, call("explain", RUN=run, PLACE=given)["ANSWER"])

    def test_infill_writes_a_report(self):
        places = random.Random(5)
        lines = ["name,easting,northing,commodities"]
        for number in range(510):
            easting, northing = 400_000 + places.uniform(0, 48_000), 7_000_000 + places.uniform(0, 48_000)
            lines.append(f"site {number},{easting:.0f},{northing:.0f},{('Lead|Zinc', 'Gold', 'Clay')[number % 3]}")
        (SCRATCH / "records.csv").write_text("\n".join(lines), encoding="utf-8")
        (SCRATCH / "infill.toml").write_text(INFILL, encoding="utf-8")
        results = call("infill", PROJECT=SCRATCH / "infill.toml", OUT=SCRATCH / "metals.infill")
        self.assertTrue(Path(results["REPORT"]).is_file())
        self.assertTrue(QgsVectorLayer(results["CLUSTERS"], "clusters", "ogr").isValid())

    def test_layers_are_added_with_the_style_of_the_program(self):
        algorithm = QgsApplication.processingRegistry().createAlgorithmById("paydirt:run")
        project, context, heard = QgsProject(), QgsProcessingContext(), Heard()
        context.setProject(project)
        run = SCRATCH / "loaded.run"
        parameters = {"PROJECT": str(DISTRICT / "project.toml"), "OUT": str(run), "LOAD": True}
        # In a thread of its own, as the window of QGIS does it.
        task, loop, ended = QgsProcessingAlgRunnerTask(algorithm, parameters, context, heard), QEventLoop(), []
        KEPT.extend([context, project, algorithm, heard, task, loop])
        task.executed.connect(lambda done, results: (ended.append(done), loop.quit()))
        QgsApplication.taskManager().addTask(task)
        loop.exec_()
        self.assertEqual(ended, [True], heard.lines)
        gc.collect()
        self.assertTrue(handleAlgorithmResults(algorithm, context, heard, parameters=parameters))
        order = [layer.name() for layer in project.layerTreeRoot().layerOrder()]
        self.assertEqual(order, ["Targets", "Prospectivity"])
        raster = project.mapLayersByName("Prospectivity")[0]
        style = ElementTree.parse(run / "maps" / "prospectivity.qml")
        self.assertEqual(drawn_by(raster), renderer_of(style.getroot()))
        self.assertEqual(project.mapLayersByName("Targets")[0].renderer().type(), "RuleRenderer")

    def test_failures_carry_the_words_of_the_program(self):
        bad = SCRATCH / "bad.toml"
        bad.write_text("name = 'bad'\nseeed = 1\n", encoding="utf-8")
        empty = SCRATCH / "empty.toml"
        text = (DISTRICT / "project.toml").read_text(encoding="utf-8")
        empty.write_text(text.replace("data/", f"{DISTRICT}/nowhere/"), encoding="utf-8")
        cases = [
            (bad, "", "wrong usage (exit code 2)", "seeed"),
            (SCRATCH / "none.toml", "", "wrong usage (exit code 2)", "paydirt init"),
            (DISTRICT / "project.toml", "no_such_key=1", "wrong usage (exit code 2)", "no_such_key"),
            (empty, "", "data refused (exit code 3)", "nowhere"),
        ]
        for project, changed, meaning, word in cases:
            with self.subTest(project=project.name, set=changed):
                with self.assertRaises(QgsProcessingException) as raised:
                    call("check", PROJECT=project, SET=changed)
                said = str(raised.exception)
                self.assertIn(meaning, said)
                self.assertIn("error: ", said)
                self.assertIn(word, said)
                print("".join(f"\n    {line[:100]}" for line in said.splitlines()), file=sys.stderr)

    def test_cancel_stops_the_program_and_leaves_nothing(self):
        out, heard = SCRATCH / "cancelled.run", Heard(cancel_at="labels:")
        changed = "model.forest.trees=5000"
        with self.assertRaises(QgsProcessingException) as raised:
            call("run", heard, PROJECT=DISTRICT / "project.toml", OUT=out, SET=changed)
        self.assertEqual(len(heard.running), 1, "one program ran when it was cancelled")
        waited_s = time.monotonic() - heard.cancelled_at
        print(f"\n    ended {waited_s:.2f} s after it was cancelled", file=sys.stderr)
        self.assertIn("interrupted (exit code 4)", str(raised.exception))
        self.assertIn("interrupted: nothing half-written was left", str(raised.exception))
        self.assertEqual([path.name for path in SCRATCH.iterdir() if "cancelled" in path.name], [])
        self.assertLess(waited_s, command.GRACE_S)
        self.assertEqual(children(), [])

    def test_no_program_is_said_clearly(self):
        setting, path = ProcessingConfig.getSetting(command.PROGRAM_SETTING), os.environ["PATH"]
        home = os.environ.get("HOME", "")
        try:
            ProcessingConfig.settings[command.PROGRAM_SETTING].value = "/no/such/paydirt"
            with self.assertRaisesRegex(QgsProcessingException, "`/no/such/paydirt` is no program"):
                command.find_program()
            ProcessingConfig.settings[command.PROGRAM_SETTING].value = ""
            os.environ["PATH"], os.environ["HOME"] = "/nowhere", "/nowhere"
            with self.assertRaisesRegex(QgsProcessingException, "neither on PATH nor in ~/.cargo/bin"):
                command.find_program()
            os.environ["PATH"] = str(PROGRAM.parent)
            self.assertEqual(command.find_program(), str(PROGRAM.parent / "paydirt"))
        finally:
            ProcessingConfig.settings[command.PROGRAM_SETTING].value = setting
            os.environ["PATH"], os.environ["HOME"] = path, home


class RunFolder:
    """What stands in a run folder, as QGIS reads it."""

    folder: Path

    def setUp(self):
        self.project = QgsProject()
        self.assertTrue(self.project.read(str(self.folder / "project.qgz")), self.project.error())

    def nodes(self):
        return self.project.layerTreeRoot().findLayers()

    def rasters(self):
        return [layer for layer in self.project.mapLayers().values() if isinstance(layer, QgsRasterLayer)]

    def vectors(self):
        return [layer for layer in self.project.mapLayers().values() if isinstance(layer, QgsVectorLayer)]

    def test_every_layer_is_valid(self):
        self.assertGreater(len(self.project.mapLayers()), 10)
        for layer in self.project.mapLayers().values():
            with self.subTest(layer=layer.name()):
                self.assertTrue(layer.isValid(), layer.source())

    def test_every_line_of_the_tree_has_its_layer(self):
        for node in self.nodes():
            with self.subTest(line=node.name()):
                self.assertIsNotNone(node.layer(), f"no layer has the id `{node.layerId()}`")

    def test_groups_are_there(self):
        names = [group.name() for group in self.project.layerTreeRoot().findGroups()]
        for name in GROUPS:
            self.assertIn(name, names)
        self.assertEqual(names[0], "Targets and deposits")

    def test_project_and_layers_have_a_coordinate_system(self):
        wanted = QgsRasterLayer(str(self.folder / "maps" / "prospectivity.tif")).crs()
        self.assertTrue(wanted.isValid())
        self.assertEqual(self.project.crs(), wanted, "of the project")
        for layer in self.project.mapLayers().values():
            with self.subTest(layer=layer.name()):
                self.assertEqual(layer.crs(), wanted)

    def test_every_raster_has_the_renderer_of_its_qml(self):
        seen = 0
        for layer in self.rasters():
            with self.subTest(layer=layer.source()):
                style = ElementTree.parse(Path(layer.source()).with_suffix(".qml")).getroot()
                self.assertEqual(drawn_by(layer), renderer_of(style))
                alone = QgsRasterLayer(layer.source(), "alone")
                self.assertEqual(drawn_by(alone), renderer_of(style), "loaded by itself")
                seen += 1
        print(f"\n    {seen} rasters", file=sys.stderr)

    def test_features_are_features(self):
        for layer in self.vectors():
            with self.subTest(layer=layer.name()):
                self.assertTrue(layer.isSpatial(), "QGIS takes it for a table without places")
                self.assertIsNotNone(layer.renderer())

    def test_labels_can_be_seen(self):
        for name in ("Targets", "Known deposits"):
            with self.subTest(layer=name):
                layer = self.project.mapLayersByName(name)[0]
                self.assertTrue(layer.labelsEnabled())
                settings = layer.labeling().settings()
                if settings.scaleVisibility:
                    self.assertGreater(settings.minimumScale, settings.maximumScale, "shown at no scale at all")

    def test_every_layer_of_every_geopackage_has_a_default_style(self):
        for path in sorted(self.folder.glob("*.gpkg")):
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                tables = database.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
                tables = [name for (name,) in tables]
            for table in tables:
                with self.subTest(file=path.name, layer=table):
                    layer = QgsVectorLayer(f"{path}|layername={table}", table, "ogr")
                    wanted = self.styled(path, table)
                    self.assertIsNotNone(layer.renderer(), "QGIS draws nothing of it")
                    self.assertEqual(layer.renderer().type(), wanted)
                    self.assertTrue(layer.loadDefaultStyle()[1])

    def styled(self, path: Path, table: str) -> str:
        """The renderer that the GeoPackage asks for."""
        query = "SELECT styleQML FROM layer_styles WHERE f_table_name = ? AND useAsDefault"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
            self.assertTrue("layer_styles" in names, "there is no table layer_styles")
            rows = database.execute(query, (table,)).fetchall()
        self.assertEqual(len(rows), 1, "rows in layer_styles")
        return ElementTree.fromstring(rows[0][0]).find("renderer-v2").get("type")


class DistrictFolder(RunFolder, unittest.TestCase):
    """The run of the district."""

    folder = DISTRICT / "district.run"


class TinyFolder(RunFolder, unittest.TestCase):
    """The run of a district of 40 x 40 cells."""

    folder = TINY / "district.run"


class WithoutTargets(RunFolder, unittest.TestCase):
    """A run without a single target."""

    folder = SCRATCH / "no_targets.run"

    @classmethod
    def setUpClass(cls):
        changed = "target.min_area_km2=1e6"
        if not cls.folder.exists():
            call("run", PROJECT=TINY / "project.toml", OUT=cls.folder, SET=changed)


def main() -> int:
    """Registers the plugin as QGIS would, and runs every test."""
    print(f"QGIS {Qgis.QGIS_VERSION}, {PROGRAM}", file=sys.stderr)
    Processing.initialize()
    started = plugin.classFactory(None)
    started.initProcessing()
    ProcessingConfig.settings[command.PROGRAM_SETTING].value = str(PROGRAM)
    done = unittest.main(argv=["headless.py"], verbosity=2, exit=False).result
    started.unload()
    return 0 if done.wasSuccessful() else 1


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    sys.stdout.flush()
    # QGIS without a window sometimes falls over while it takes itself apart.
    os._exit(code)
