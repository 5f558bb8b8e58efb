"""Reads an evidence stack with zarr and xarray, beside the raw values of its layers; see tests/io/zarr.rs."""

import json
import pathlib
import sys

import numpy
import xarray
import zarr

folder = pathlib.Path(sys.argv[1])
group = zarr.open_group(folder / "stack.zarr", mode="r")
own = group.attrs["paydirt"]
shape = (own["grid"]["rows"], own["grid"]["cols"])
differing = 0
for index, layer in enumerate(own["layers"]):
    array = group[layer["array"]]
    assert array.metadata.dimension_names == ("northing", "easting"), array.metadata
    assert array.attrs["long_name"] == layer["name"]
    raw = numpy.fromfile(folder / f"{index}.f32", "<u4").reshape(shape)
    differing += int((array[:].view("<u4") != raw).sum())
    window = array[17:301, 250:600].view("<u4")
    differing += int((window != raw[17:301, 250:600]).sum())
whole = xarray.open_zarr(folder / "stack.zarr")
transform = own["grid"]["transform"]
assert float(whole.easting[0]) == transform["west"] + transform["cell_width"] / 2
assert float(whole.northing[1] - whole.northing[0]) == -transform["cell_height"]
assert set(whole["gravity"].dims) == {"northing", "easting"}
assert "PROJCRS" in whole["spatial_ref"].attrs["crs_wkt"]
assert int(whole["study_area"].sum()) == int(group["study_area"][:].sum())
place = whole["gravity"].sel(easting=550_000, northing=4_400_000, method="nearest")
print(json.dumps({"zarr": zarr.__version__, "xarray": xarray.__version__, "value": float(place)}))
print(f"{len(own['layers'])} layers, {differing} bits differ")
