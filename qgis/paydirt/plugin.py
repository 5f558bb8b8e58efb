"""The plugin: it brings its provider and takes it away again."""

from __future__ import annotations

from qgis.core import QgsApplication

from .provider import PaydirtProvider


class PaydirtPlugin:
    """What QGIS starts and ends; `qgis_process` starts it without a window."""

    def __init__(self, iface=None) -> None:
        self.iface = iface
        self.provider: PaydirtProvider | None = None

    def initProcessing(self) -> None:  # noqa: N802
        """Adds the provider."""
        self.provider = PaydirtProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802
        """Adds the provider; there is no other window, menu or button."""
        self.initProcessing()

    def unload(self) -> None:
        """Removes the provider."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
