#!/usr/bin/env python3
"""Means and deviations in a circle of 7 cells against an independent extraction.

    cargo build --release -p paydirt-core --example raster_step
    python3 benches/curnamona_windows.py target/release/examples/raster_step ../shared/data/curnamona

`train_points_870.csv` and `grid_672.csv` of the Curnamona release hold, for 34 rasters, `*_mean` and `*_std` of the
149 cells around each point, zeros outside the study polygon included. The release places a point up to two cells
from where the raster's own georeference has it, so the cell is sought: within two cells of the point, the one whose mean and
deviation both fit best. Errors are relative to the largest absolute value of the column.
"""
import csv
import glob
import os
import subprocess
import sys

import numpy as np
import rasterio

program, folder = sys.argv[1:3]
STEPS = {"mean": "focal_mean", "std": "focal_deviation"}


def drawn(key, raster):
    step = '{"%s": {"radius_m": 7, "min_known_percent": 0}}' % key
    command = [program, step, str(raster.shape[1]), "1", "1"]
    out = subprocess.run(command, input=raster.astype("<f4").tobytes(), capture_output=True, check=True).stdout
    return np.frombuffer(out, "<f4").reshape(raster.shape).astype(float)


for table in ["train_points_870.csv", "grid_672.csv"]:
    with open(f"{folder}/{table}") as file:
        rows = list(csv.DictReader(file))
    column = lambda name: np.array([float(row[name] or "nan") for row in rows])
    easting, northing = column("X"), column("Y")
    worst, pairs = {"mean": 0.0, "std": 0.0}, 0
    for path in sorted(glob.glob(f"{folder}/deep_seam/rasters/*/*.tif")):
        name = os.path.basename(path)[:-4]
        if f"{name}_std" not in rows[0]:
            continue  # the elevation model has a mean alone
        with rasterio.open(path) as file:
            raster, place = file.read(1), file.transform
        col = ((easting - place.c) / place.a).astype(int)
        row = ((northing - place.f) / place.e).astype(int)
        errors = []
        for down in range(-2, 3):
            for across in range(-2, 3):
                at = np.clip(row + down, 0, raster.shape[0] - 1), np.clip(col + across, 0, raster.shape[1] - 1)
                errors.append(at)
        found = {kind: drawn(step, raster) for kind, step in STEPS.items()}
        error = {}
        for kind in STEPS:
            theirs = column(f"{name}_{kind}")
            scale = np.nanmax(np.abs(theirs))
            error[kind] = np.array([np.abs(found[kind][at] - theirs) / scale for at in errors])
        best = np.argmin(np.maximum(error["mean"], error["std"]), axis=0)
        for kind in STEPS:
            at_best = error[kind][best, np.arange(len(rows))]
            worst[kind] = max(worst[kind], np.nanmax(at_best))
        pairs += len(rows)
    print(f"{table}: {pairs} points and rasters, largest error of the mean {worst['mean']:.1e}, of the deviation {worst['std']:.1e}")
