"""QGIS without a window, and what the tests share."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, "/usr/share/qgis/python/plugins")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from qgis.core import QgsApplication, QgsProcessingFeedback, QgsRasterLayer  # noqa: E402
from qgis.PyQt.QtXml import QDomDocument  # noqa: E402

PROGRAM, DISTRICT, TINY, SCRATCH = (Path(argument).resolve() for argument in sys.argv[1:5])
APPLICATION = QgsApplication([], False)
APPLICATION.initQgis()

import processing  # noqa: E402

# A small infilling: zinc lies where lead does, gold anywhere; clay pits besides.
INFILL = """
name = "metals"
seed = 3
species = ["Lead", "Zinc", "Gold"]
tile_cells = 8
seeds = 1
records = { path = "records.csv", crs = "EPSG:32635" }
grid = { crs = "EPSG:32635", cell_m = 1000, region = [400000, 7000000, 448000, 7048000] }
split = { block_m = 16000, test_blocks = [[0, 1], [2, 2]] }
map = { draws = 2, step_cells = 4 }
flag = { away_m = 1000 }
"""


class Heard(QgsProcessingFeedback):
    """Keeps what was told, and cancels at a line if it is asked to."""

    def __init__(self, cancel_at: str | None = None) -> None:
        super().__init__(False)
        self.lines: list[str] = []
        self.cancel_at = cancel_at
        self.cancelled_at: float | None = None
        self.running: list[str] = []

    def _hear(self, line: str) -> None:
        self.lines.append(line)
        if self.cancel_at and line.startswith(self.cancel_at) and self.cancelled_at is None:
            self.cancelled_at, self.running = time.monotonic(), children()
            self.cancel()

    def pushInfo(self, info: str) -> None:  # noqa: N802
        self._hear(info)

    def pushWarning(self, warning: str) -> None:  # noqa: N802
        self._hear(warning)

    def pushConsoleInfo(self, info: str) -> None:  # noqa: N802
        self._hear(info)

    def pushCommandInfo(self, info: str) -> None:  # noqa: N802
        self._hear(info)


def call(algorithm: str, feedback: QgsProcessingFeedback | None = None, **parameters) -> dict:
    """Runs an algorithm of the plugin as a script would."""
    texts = {name: str(value) if isinstance(value, Path) else value for name, value in parameters.items()}
    return processing.run(f"paydirt:{algorithm}", texts, feedback=feedback or Heard())


def digits(number: str) -> str:
    """A number to as many digits as QGIS writes."""
    return f"{float(number):.12g}"


def renderer_of(style: ElementTree.Element) -> dict:
    """What a style asks of the renderer: type, bands and colours."""
    found = style.find(".//rasterrenderer")
    items = found.findall(".//item") + found.findall(".//paletteEntry")
    shader = found.find(".//colorrampshader")
    return {
        "type": found.get("type"),
        "band": found.get("band"),
        "alphaBand": found.get("alphaBand"),
        "ramp": None if shader is None else shader.get("colorRampType"),
        "items": [(digits(i.get("value")), i.get("alpha"), i.get("color"), i.get("label")) for i in items],
    }


def drawn_by(layer: QgsRasterLayer) -> dict:
    """The same of a layer's renderer as QGIS holds it."""
    document = QDomDocument()
    element = document.createElement("pipe")
    document.appendChild(element)
    layer.renderer().writeXml(document, element)
    return renderer_of(ElementTree.fromstring(document.toString()))


def children() -> list[str]:
    """Programs that this process started and that still run."""
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    return listing.read_text(encoding="ascii").split() if listing.is_file() else []
