"""The peers of bench_distance: `gdal` (python3-gdal) and `exact` (SciPy), a part a process.

    python distance.py gdal|exact SIDE CELL_M FOLDER

FOLDER holds lines.json; each part prints one line of JSON.
"""
import json
import pathlib
import sys
import time

part, side, cell_m, folder = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), pathlib.Path(sys.argv[4])


def gdal_distance():
    from osgeo import gdal, ogr

    def raster(kind):
        target = gdal.GetDriverByName("MEM").Create("", side, side, 1, kind)
        target.SetGeoTransform([0, cell_m, 0, side * cell_m, 0, -cell_m])
        return target

    source = ogr.GetDriverByName("Memory").CreateDataSource("")
    layer = source.CreateLayer("faults")
    for line in json.loads((folder / "lines.json").read_text()):
        feature, geometry = ogr.Feature(layer.GetLayerDefn()), ogr.Geometry(ogr.wkbLineString)
        for easting, northing in line:
            geometry.AddPoint_2D(easting, northing)
        feature.SetGeometry(geometry)
        layer.CreateFeature(feature)
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    wall, cpu = time.perf_counter(), time.process_time()
    features, distance = raster(gdal.GDT_Byte), raster(gdal.GDT_Float32)
    gdal.RasterizeLayer(features, [1], layer, burn_values=[1], options=["ALL_TOUCHED=TRUE"])
    gdal.ComputeProximity(features.GetRasterBand(1), distance.GetRasterBand(1), ["VALUES=1", "DISTUNITS=GEO"])
    figures = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    (folder / "gdal.f32").write_bytes(distance.GetRasterBand(1).ReadRaster())
    return figures


def against_exact():
    import numpy as np
    from scipy.ndimage import distance_transform_edt

    def judge(name):
        found = np.fromfile(folder / f"{name}.f32", "<f4").reshape(side, side)
        error = np.abs(found - distance_transform_edt(found > 0, sampling=cell_m))
        # two different whole squared distances of 2000 cells differ by 0.0125 m
        return {"wrong_cells": int((error > 0.01).sum()), "largest_error_m": float(error.max())}, found == 0

    (ours, our_cells), (gdal, gdal_cells) = judge("ours"), judge("gdal")
    differ = int((our_cells != gdal_cells).sum())
    return {"ours": ours, "gdal": gdal, "feature_cells": int(our_cells.sum()), "feature_cells_that_differ": differ}


print(json.dumps({"gdal": gdal_distance, "exact": against_exact}[part]()))
