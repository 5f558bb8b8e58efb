"""Paydirt in the Processing toolbox of QGIS: every algorithm calls the program `paydirt`."""

from __future__ import annotations


def classFactory(iface):  # noqa: N802 - the name that QGIS calls
    """The plugin, as QGIS asks for it."""
    from .plugin import PaydirtPlugin

    return PaydirtPlugin(iface)
