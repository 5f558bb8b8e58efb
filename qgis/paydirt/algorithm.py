"""What all algorithms share: the parameters of every command, and layers that are added when done."""

from __future__ import annotations

import os
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)
from qgis.PyQt import sip

from . import command as program


class Style(QgsProcessingLayerPostProcessorInterface):
    """Gives a layer the style that the program wrote: the `.qml` beside a raster, the default of a GeoPackage."""

    # QGIS deletes a style with its layer's details, but does not keep Python from forgetting it before.
    kept: list[Style] = []

    def __init__(self) -> None:
        super().__init__()
        Style.kept = [style for style in Style.kept if not sip.isdeleted(style)] + [self]

    def postProcessLayer(self, layer, context, feedback) -> None:  # noqa: N802
        """Called by QGIS once the layer is loaded."""
        said, loaded = layer.loadDefaultStyle()
        if not loaded:
            feedback.pushWarning(f"`{layer.name()}` keeps the style of QGIS: {said}")
        layer.triggerRepaint()


class PaydirtAlgorithm(QgsProcessingAlgorithm):
    """One command of `paydirt`."""

    # Name of the command, title in the toolbox and help, a sentence or two.
    command = ""
    title = ""
    help = ""
    # Which of the shared parameters the command has.
    shared: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        # Source, name and output of each layer to add when done.
        self.layers: list[tuple[str, str, str]] = []

    def createInstance(self) -> PaydirtAlgorithm:  # noqa: N802
        """A fresh one, as QGIS asks for it."""
        return type(self)()

    def name(self) -> str:
        """Second part of the id."""
        return self.command

    def displayName(self) -> str:  # noqa: N802
        """What the toolbox shows."""
        return self.title

    def shortHelpString(self) -> str:  # noqa: N802
        """What the dialog says beside the parameters."""
        return self.help

    def add_project(self, text: str = "Project file", name: str = "PROJECT") -> None:
        """Adds the parameter that names a project file."""
        self.addParameter(QgsProcessingParameterFile(name, text, extension="toml"))

    def add_run(self) -> None:
        """Adds the parameter that names a run folder."""
        folder = QgsProcessingParameterFile.Folder
        self.addParameter(QgsProcessingParameterFile("RUN", "Run folder (made by `Run`)", behavior=folder))

    def add_out(self, text: str) -> None:
        """Adds the parameter that names the folder to make."""
        self.addParameter(QgsProcessingParameterFolderDestination("OUT", text))

    def add_shared(self) -> None:
        """Adds the parameters that several commands take."""
        number = QgsProcessingParameterNumber.Integer
        every = [
            QgsProcessingParameterBoolean("OVERWRITE", "Replace what Paydirt made there before", False),
            QgsProcessingParameterBoolean("LOAD", "Add the maps to the map when done", True),
            QgsProcessingParameterString(
                "SET", "Changed keys of the project file, one KEY=VALUE a line", multiLine=True, optional=True
            ),
            QgsProcessingParameterNumber("SEED", "Seed, instead of the project's", number, optional=True, minValue=0),
            QgsProcessingParameterNumber(
                "THREADS", "Threads (all cores unless said)", number, optional=True, minValue=1, maxValue=1024
            ),
            QgsProcessingParameterString("MAX_MEMORY", "Most memory to use, such as 2GiB", optional=True),
        ]
        for parameter in every:
            if parameter.name() not in self.shared:
                continue
            if parameter.name() not in ("OVERWRITE", "LOAD"):
                parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
            self.addParameter(parameter)

    def options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> list[str]:
        """The shared parameters as arguments of the command line."""
        options = []
        if "OVERWRITE" in self.shared and self.parameterAsBoolean(parameters, "OVERWRITE", context):
            options.append("--overwrite")
        for name in ("SEED", "THREADS"):
            if name in self.shared and parameters.get(name) is not None:
                options.append(f"--{name.lower()}={self.parameterAsInt(parameters, name, context)}")
        texts = {
            name: self.parameterAsString(parameters, name, context).strip() if name in self.shared else ""
            for name in ("MAX_MEMORY", "SET")
        }
        if texts["MAX_MEMORY"]:
            options.append(f"--max-memory={texts['MAX_MEMORY']}")
        return options + [f"--set={line.strip()}" for line in texts["SET"].splitlines() if line.strip()]

    def out(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """The folder that the command is to make."""
        return os.path.abspath(self.parameterAsString(parameters, "OUT", context))

    def file(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> str:
        """A file or folder to read, with its whole path."""
        return os.path.abspath(self.parameterAsFile(parameters, name, context))

    def call(self, options: list[str], places: list[str], feedback: QgsProcessingFeedback) -> str:
        """Runs the command; `places` are what it takes without a name."""
        return program.run([self.command, *options, "--", *places], feedback)

    def add_layer(self, source: str, name: str, output: str = "") -> None:
        """Has QGIS add a layer, with the program's style, when the algorithm is done."""
        self.layers.append((source, name, output))

    def postProcessAlgorithm(self, context, feedback) -> dict:  # noqa: N802
        """Hands the layers over. QGIS calls it in the main thread, where alone styles may be made."""
        for source, name, output in self.layers if context.project() is not None else []:
            details = QgsProcessingContext.LayerDetails(name, context.project(), output)
            details.forceName = True
            # QGIS owns and deletes it: one a layer.
            details.setPostProcessor(Style())
            context.addLayerToLoadOnCompletion(source, details)
        return {}

    def wants_layers(self, parameters: dict[str, Any], context: QgsProcessingContext) -> bool:
        """Whether the maps are to be added to the map."""
        return self.parameterAsBoolean(parameters, "LOAD", context)


def tell(answer: str, feedback: QgsProcessingFeedback) -> None:
    """Shows what the program printed."""
    for line in answer.rstrip().splitlines():
        feedback.pushConsoleInfo(line)
