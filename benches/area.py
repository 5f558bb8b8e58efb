"""A whole run as the area grows: python3 benches/area.py 1000 2000 6325 20000/5

Of each square of so many cells a side: 20 layers of smooth noise (int16, a tile of 2000 x 2000 that closes on itself,
repeated; after a stroke, how many cells a side have one value, as where layers of 500 m lie on a grid of 100 m: files
are then small where BENCH_FOLDER lies on a file system that compresses), 60 deposits where three of them are high, a
forest of 50 trees judged in 3 folds of blocks, an ensemble of 2, attributions of every cell of every layer, under
--max-memory 2GiB. The rate of a size is its cells over the time of all after reading; reading has a rate of its own.
There is no peer: what is asked is a flat rate and a resident size below 2 GiB.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import peer

TILE, LAYERS, DEPOSITS = 2000, 20, 60

PROJECT = """name = "area"
seed = 7
[grid]
like = "layer00.tif"
[labels]
path = "deposits.csv"
crs = "EPSG:32635"
[sample.distant_unlabelled]
per_deposit = 20
at_least_m = 2000
[split.blocks]
block_m = {block}
buffer_m = 0
folds = 3
repeats = 1
[model.forest]
trees = 50
[uncertainty.ensemble]
members = 2
[explain]
permutation = {{ shuffles = 0 }}
"""


def make(folder, side, alike):
    """Writes layerNN.tif, deposits.csv and project.toml."""
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(7)
    shape = dict(driver="GTiff", height=side, width=side, count=1, dtype="int16", crs="EPSG:32635")
    shape |= dict(transform=from_origin(300_000, 7_600_000, 100, 100), compress="zstd", predictor=2)
    chance = np.zeros((TILE, TILE))
    text = PROJECT.format(block=max(side * 100 // 8, 5000))
    for layer in range(LAYERS):
        size, wide = TILE // alike, [4, 8, 16, 32][layer % 4] / alike
        rough = gaussian_filter(rng.normal(size=(size, size)), wide, mode="wrap")
        rough = rough.repeat(alike, axis=0).repeat(alike, axis=1)
        tile = (rough / rough.std() * 1000).clip(-32000, 32000).astype("int16")
        chance += tile if layer < 3 else 0
        with rasterio.open(folder / f"layer{layer:02}.tif", "w", tiled=True, **shape) as file:
            for row in range(0, side, 256):
                rows = np.arange(row, min(row + 256, side)) % TILE
                block = np.resize(tile[rows].T, (side, len(rows))).T
                file.write(np.ascontiguousarray(block), 1, window=((row, row + len(rows)), (0, side)))
        text += f'[[evidence]]\nname = "layer{layer:02}"\npath = "layer{layer:02}.tif"\nunit = "1"\n'
    high = np.argwhere(chance > np.quantile(chance, 0.98))
    high = high[(high < side).all(axis=1)]
    places = high[rng.choice(len(high), DEPOSITS, replace=False)]
    repeats = rng.integers(0, max(side // TILE, 1), size=places.shape)
    lines = [
        f"{300_050 + 100 * col},{7_599_950 - 100 * row}" for row, col in places + repeats * TILE
    ]
    (folder / "deposits.csv").write_text("easting,northing\n" + "\n".join(lines) + "\n")
    (folder / "project.toml").write_text(text)


def run(folder, program):
    """Runs the project; wall and CPU seconds of reading and of the rest, and the peak resident size."""
    command = [program, "run", "project.toml", "--out", "made.run", "--max-memory", "2GiB"]
    began, read_s = time.monotonic(), None
    job = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for line in job.stderr:
        print(f"{time.monotonic() - began:8.1f} s  {line}", end="", flush=True)
        if read_s is None and "deposits count" in line:
            read_s = time.monotonic() - began
            read_cpu_s = sum(float(n) for n in stat(job.pid)) / os.sysconf("SC_CLK_TCK")
    _, status, usage = os.wait4(job.pid, 0)
    if status != 0:
        raise SystemExit("the run failed")
    wall, cpu = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    return {
        "read_cpu_s": round(read_cpu_s, 1),
        "rest_cpu_s": round(cpu - read_cpu_s, 1),
        "wall_s": round(wall, 1),
        "peak_mib": round(usage.ru_maxrss / 1024),
        "run_folder_mib": round(sum(f.stat().st_size for f in (folder / "made.run").rglob("*") if f.is_file()) / 2**20),
    }


def stat(pid):
    """User and system time of a process in clock ticks."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
        raise SystemExit
    built = os.environ.get("BENCH_BINARIES") or str(peer.HERE.parent / "target" / "release")
    results = {}
    for named in sys.argv[1:]:
        side, _, alike = named.partition("/")
        with tempfile.TemporaryDirectory() as passing:
            # In a folder of the user's the layers stay, for another build to be measured on.
            folder = Path(os.environ.get("BENCH_FOLDER") or passing) / f"area-{side}-{alike or 1}"
            if not (folder / "project.toml").exists():
                folder.mkdir(parents=True, exist_ok=True)
                subprocess.run([sys.executable, __file__, "make", folder, side, alike or "1"], check=True)
            figures = run(folder, f"{built}/paydirt")
            shutil.rmtree(folder / "made.run")
        cells = int(side) ** 2
        figures["read_cells_x_layers_per_cpu_s"] = round(cells * LAYERS / figures["read_cpu_s"])
        figures["cells_per_cpu_s"] = round(cells / figures["rest_cpu_s"])
        results[named] = figures
        print(json.dumps(figures), flush=True)
        peer.keep("area", {"sides": results})
