"""Ordinary kriging with PyKrige, beside `bench_kriging`: the samples of a JSON file onto a square grid.

    python kriging.py samples.json SIDE SPAN_M
"""

import json
import resource
import sys
import time

import numpy
import pykrige

samples = numpy.array(json.load(open(sys.argv[1])))
side, span = int(sys.argv[2]), float(sys.argv[3])
centres = (numpy.arange(side) + 0.5) * span / side
before = time.process_time()
kriging = pykrige.OrdinaryKriging(
    *samples.T,
    variogram_model="exponential",
    variogram_parameters={"psill": 4.9, "range": 15000.0, "nugget": 0.1},
)
values, variances = kriging.execute("grid", centres, centres)
print(json.dumps({
    "side": side,
    "cpu_s": time.process_time() - before,
    "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "version": pykrige.__version__,
}))
