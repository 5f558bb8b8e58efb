"""The provider: the list of algorithms and the one setting."""

from __future__ import annotations

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsProcessingProvider

from .algorithms import ALGORITHMS
from .command import PROGRAM_SETTING


class PaydirtProvider(QgsProcessingProvider):
    """The commands of Paydirt as algorithms."""

    def id(self) -> str:
        """First part of every algorithm's id."""
        return "paydirt"

    def name(self) -> str:
        """What the toolbox shows."""
        return "Paydirt"

    def load(self) -> bool:
        """Adds the setting that names the program, then the algorithms."""
        text = "Program `paydirt` (empty: from PATH, else ~/.cargo/bin)"
        setting = Setting(self.name(), PROGRAM_SETTING, text, "", valuetype=Setting.FILE)
        ProcessingConfig.addSetting(setting)
        setting.read()
        self.refreshAlgorithms()
        return True

    def unload(self) -> None:
        """Removes the setting."""
        ProcessingConfig.removeSetting(PROGRAM_SETTING)

    def loadAlgorithms(self) -> None:  # noqa: N802
        """Adds one algorithm a command."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
