#!/usr/bin/env python3
"""CPU seconds (user and system, reading and writing included) of each raster step on 2000 x 2000 cells.

    cargo build --release -p paydirt-core --example raster_step
    python3 benches/raster_steps.py target/release/examples/raster_step
"""
import os
import sys
import tempfile

import numpy as np

SIZE, CELL_M = 2000, 100
STEPS = [
    '{"slope": {}}', '{"aspect": {}}', '{"curvature": {}}', '{"ruggedness": {}}',
    '{"topographic_position": {"radius_m": 1000}}',
    '{"focal_mean": {"radius_m": 1000}}', '{"focal_deviation": {"radius_m": 1000}}',
    '{"focal_percentile": {"radius_m": 1000}}', '{"focal_percentile": {"radius_m": 5000}}',
    '{"focal_gradient": {"radius_m": 1000}}',
    '{"difference_of_means": {"radius_m": 1000, "outer_radius_m": 4000}}',
    '{"glcm": {"radius_m": 1000}}', '{"glcm": {"radius_m": 1000, "measure": "entropy"}}',
    '{"glcm": {"radius_m": 1000, "measure": "correlation"}}',
    '{"gabor": {"wavelength_m": 1000, "direction_degrees": 30}}', '{"gabor": {"wavelength_m": 1000}}',
]

random = np.random.default_rng(0)
raster = 50000 + np.cumsum(random.normal(0, 1, (SIZE, SIZE)), axis=1) + random.normal(0, 5, (SIZE, SIZE))
raster[300:500, 400:700] = np.nan
with tempfile.TemporaryFile() as source, open(os.devnull, "wb") as sink:
    source.write(raster.astype("<f4").tobytes())
    for step in STEPS:
        source.seek(0)
        child = os.fork()
        if child == 0:
            os.dup2(source.fileno(), 0)
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
            os.execv(sys.argv[1], [sys.argv[1], step, str(SIZE), str(CELL_M), str(CELL_M)])
        _, status, used = os.wait4(child, 0)
        assert status == 0, step
        print(f"{used.ru_utime + used.ru_stime:6.2f} s  {step}", flush=True)
