"""Writes one small file of every kind that gaze-data reads, to be damaged by `gaze-data/benches/fuzz.rs`.

Usage: python fuzz_seeds.py FOLDER [RECORDINGS], with numpy, scipy, h5py, msgpack, Pillow and pyarrow. RECORDINGS is a folder with
a folder for each kind of recording of eye trackers' software; the first lines of each of their files become seeds, too.

Files are small so that damage hits what matters: structure rather than values. Every folder is a dataset or a store of its
own; `LIST` names the file in each that is to be damaged, as FOLDER and FILE of the program.
"""

import gzip
import io
import json
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

import h5py
import msgpack
import numpy
import pyarrow
import pyarrow.parquet
import scipy.io
import scipy.sparse
from PIL import Image

root = Path(sys.argv[1])
listed = []


def write(folder, name, content, damaged=True):
    path = root / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if damaged:
        listed.append(f"{folder} {name}")
    return path


def picture(kind="PNG", mode="RGB"):
    data = io.BytesIO()
    Image.effect_noise((6, 4), 60).convert(mode).save(data, kind)
    return data.getvalue()


def mat(variables, compressed=False):
    data = io.BytesIO()
    scipy.io.savemat(data, variables, do_compression=compressed)
    return data.getvalue()


def npy(array):
    data = io.BytesIO()
    numpy.save(data, array)
    return data.getvalue()


def cells(values):
    array = numpy.empty((len(values), 1), object)
    array[:, 0] = values
    return array


points = numpy.zeros((4, 6), numpy.uint8)
points[1, 2] = points[3, 5] = 1
PNG = picture()

# Maps: arrays, matrices, pictures, archives, HDF5.
for name, array in {"f8": numpy.log(numpy.full((4, 6), 1 / 24)), "i2": numpy.arange(24, dtype="<i2").reshape(4, 6)}.items():
    write(f"npy_{name}", "a.npy", npy(array))
    write(f"mat_{name}", "a.mat", mat({"map": array}))
    write(f"mat_{name}_z", "a.mat", mat({"map": array}, compressed=True))
for kind, mode in [("PNG", "RGB"), ("PNG", "L"), ("PNG", "P"), ("JPEG", "RGB"), ("TIFF", "L"), ("BMP", "RGB")]:
    extension = {"JPEG": "jpg", "TIFF": "tif"}.get(kind, kind.lower())
    write(f"picture_{kind}_{mode}".lower(), f"a.{extension}", picture(kind, mode))
for kind, mode in [("WEBP", "RGBA"), ("GIF", "RGB"), ("PPM", "L")]:
    write(f"picture_{kind}_{mode}".lower(), f"a.{'pgm' if kind == 'PPM' else kind.lower()}", picture(kind, mode))
floats = numpy.arange(24, dtype="<f4").reshape(4, 6)
data = io.BytesIO()
Image.fromarray(floats).save(data, "TIFF")
write("tiff_f4", "a.tif", data.getvalue())
data = io.BytesIO()
numpy.savez(data, floats)
write("npz", "a.npz", data.getvalue())
write("npy_f2", "a.npy", npy(floats.astype("<f2")[None]))
write("mat_sparse", "a.mat", mat({"map": scipy.sparse.csc_matrix(numpy.diag([1.0, 0, 2]))}))
for name, array in (("mat_4", floats.astype(float)), ("mat_4_sparse", scipy.sparse.csc_matrix(numpy.eye(2)))):
    data = io.BytesIO()
    scipy.io.savemat(data, {"map": array}, format="4")
    write(name, "a.mat", data.getvalue())
# OpenEXR with one uncompressed channel Y of 32 bits, 3 x 2 pixels.
attribute = lambda name, kind, value: name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
box = struct.pack("<4i", 0, 0, 2, 1)
channel = b"Y\0" + struct.pack("<iB3xii", 2, 0, 1, 1) + b"\0"
header = b"\x76\x2f\x31\x01\x02\0\0\0" + b"".join([
    attribute("channels", "chlist", channel), attribute("compression", "compression", b"\0"),
    attribute("dataWindow", "box2i", box), attribute("displayWindow", "box2i", box),
    attribute("lineOrder", "lineOrder", b"\0"), attribute("pixelAspectRatio", "float", struct.pack("<f", 1)),
    attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
    attribute("screenWindowWidth", "float", struct.pack("<f", 1))]) + b"\0"
rows = [struct.pack("<ii3f", y, 12, *floats[y, :3]) for y in range(2)]
first = len(header) + 16
write("exr", "a.exr", header + struct.pack("<2Q", first, first + len(rows[0])) + b"".join(rows))
write("points_utf16", "points.tsv", "x\ty\tsubject\n1,5\t2,5\ta\n.\tn/a\tb\n".encode("utf-16"))
write("points_semicolon", "points.csv", "sep=;\n# by hand\nX;Y;subject\n1,5;2;M\u00fcller\nNA;3;-\n".encode("latin-1"))
for image in ("images/a.png",):
    write("fixmaps", image, picture("PNG", "RGB"), damaged=False)
data = io.BytesIO()
Image.fromarray((numpy.arange(24).reshape(4, 6) % 7 == 0).astype(numpy.uint8) * 255).save(data, "PNG")
write("fixmaps", "fixmaps/a.png", data.getvalue())
for image in ("images/day1/1.png", "images/2.png"):
    write("dialect", image, PNG, damaged=False)
table = "sep=;\nImage;X;Y;duration_ms;subject;;\nday1\\1.png;1,5;2;-1;M\u00fcller;;\nC:\\a\\2.PNG;.;3;200;NA;;\n;;;;;;\n2;1,25;3;n/a;b;;\n"
write("dialect", "fixations.csv", table.encode("cp1252"))
files = {"a.png": picture("PNG", "L"), "b.npy": npy(numpy.ones((2, 2))), "maps/1.mat": mat({"map": numpy.ones((2, 2))}, True)}
data = io.BytesIO()
with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, content in files.items():
        archive.writestr(name, content)
write("zip", "maps.zip", data.getvalue())
for suffix, mode in [("tar", "w"), ("tar.gz", "w:gz")]:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    write(suffix.replace(".", "_"), f"maps.{suffix}", data.getvalue())
(root / "hdf5").mkdir(parents=True)
with h5py.File(root / "hdf5/maps.hdf5", "w") as file:
    file.create_dataset("a.png", data=numpy.log(numpy.full((4, 6), 1 / 24)), compression="gzip")
    file.create_dataset("sub/b.png", data=numpy.ones((2, 2)))
listed.append("hdf5 maps.hdf5")

# Text.
write("points", "points.csv", "x,y,subject\n1,2,ann\n0.5,3,bob\n")
write("other_points", "points.csv", "image,width,height,x,y\na,6,4,1,2\nb,3,3,0.5,1\n")
rows = "image,subject,x,y,duration_ms,start_ms,group\na.png,ann,1,2,30,0,g\na,bob,1.5,2,,-4,h\n"
for suffix, text in [("csv", rows), ("tsv", rows.replace(",", "\t"))]:
    write(suffix, f"fixations.{suffix}", text)
    write(suffix, "images/a.png", PNG, False)
write("description", "dataset.json", '{"name": "Study", "gaze": "simulated", "pixels_per_degree": 35.2}')
write("description", "fixations.csv", rows, False)
write("description", "images/a.png", PNG, False)
text = "Idx, x, y, duration\r\n0,1,1,8\r\n1,6,4,125\r\n0,3,2,216\r\n"
for name in ["ASD/ASD_scanpath_1.txt", "TD/TD_scanpath_1.txt"]:
    write("saliency4asd", name, text, name.startswith("ASD"))
write("saliency4asd", "Images/1.png", PNG, False)
for suffix, content in [("png", picture("PNG", "1")), ("mat", mat({"im": points}))]:
    for name in ["FixPts", "FixPts_TD"]:
        write(f"points_{suffix}", f"{name}/1.{suffix}", content, name == "FixPts")
    write(f"points_{suffix}", "Images/1.png", PNG, False)
write("fixatons", "SCANPATHS/a.png/ann", "1 2 0.5 0.7\r\n3.5 4 0.8 1\n")
write("fixatons", "STIMULI/a.png", PNG, False)

# JSON.
images = [{"id": 1, "file_name": "COCO_1.jpg"}, {"id": 2, "file_name": "COCO_2.jpg"}]
annotations = [{"image_id": 1, "worker_id": 3, "fixations": [[1, 2], [3, 4]]}, {"image_id": 2, "fixations": [[1, 1]]}]
write("salicon", "fixations_val2014.json", json.dumps({"images": images, "annotations": annotations}))
paths = [{"name": "a.jpg", "subject": 1, "X": [1.5, 2], "Y": [1, 2], "T": [200, 90], "task": "cup", "split": "train"}]
write("coco", "COCOFreeView_fixations_val.json", json.dumps(paths))

# MATLAB.
subject = {"fix_x": numpy.array([1.2, 6]), "fix_y": numpy.array([3.5, 1]), "fix_duration": numpy.array([210, 90], "u2")}
image = {"img": "2.jpg", "subjects": cells([subject, subject])}
for name, compressed in [("osie", False), ("osie_z", True)]:
    write(name, "eye/fixations.mat", mat({"fixations": cells([image, image | {"img": "10.jpg"}])}, compressed))
    write(name, "stimuli/2.jpg", picture("JPEG"), False)
gaze = numpy.array([[i / 3, 20 + i % 2] for i in range(80)] + [[300.0 + i % 2, 100] for i in range(60)])
recording = numpy.array([(gaze,)], [("eyeData", object)])
write("mit1003", "DATA/ann/a.mat", mat({"a": {"imgName": "a.jpeg", "DATA": recording}}))
write("mit1003", "ALLSTIMULI/a.jpeg", picture("JPEG"), False)
write("cat2000", "FIXATIONLOCS/Art/001.mat", mat({"fixLocs": points}, True))
write("cat2000", "Stimuli/Art/001.jpg", picture("JPEG"), False)
write("toronto", "origfixdata.mat", mat({"white": cells([points]).T}))
write("toronto", "Original Image Set/1.jpg", picture("JPEG"), False)
user = {"trial": 4.0, "fixations": {"enc": gaze[:3], "rec": numpy.zeros((0, 0)), "rec2": gaze[:1]}}
users = numpy.array([(user["trial"], user["fixations"])] * 2, [("trial", object), ("fixations", object)])
all_images = numpy.array([("a.jpg", "zoo", users)], [("filename", object), ("category", object), ("userdata", object)])
write("figrim", "targetData/allImages_release.mat", mat({"allImages": all_images}, True))
write("figrim", "Targets/a.jpg", picture("JPEG"), False)
person = numpy.array([(gaze[:2], gaze[:2])] * 2, [("location", object), ("fixations", object)])
write("salicon_mat", "fixations/COCO_1.mat", mat({"image": "COCO_1", "resolution": [480, 640], "gaze": person}, True))
path = write("pascal_s", "fixations/pascalFix.mat", b"")
with h5py.File(path, "w", userblock_size=512) as file:
    file["#refs#/a"] = numpy.array([[1, 2, 3], [4, 5, 6], [1, 1, 2]], float)
    file["#refs#/a"].attrs["MATLAB_class"] = numpy.bytes_("double")
    cell = file.create_dataset("fixCell", (1, 1), h5py.ref_dtype)
    cell[0, 0] = file["#refs#/a"].ref
    cell.attrs["MATLAB_class"] = numpy.bytes_("cell")
write("pascal_s", "imgs/pascal/1.jpg", picture("JPEG"), False)

# pysaliency's HDF5: version and contents as its documentation and files say.
for name, kind, version in [("file_stimuli", "FileStimuli", "2.1"), ("stimuli", "Stimuli", "1.1")]:
    path = write(f"pysaliency_{name}", "stimuli.hdf5", b"")
    with h5py.File(path, "w") as file:
        file.attrs.update({"type": numpy.bytes_(kind), "version": numpy.bytes_(version), "size": 1})
        if kind == "Stimuli":
            file.create_dataset("0", data=numpy.zeros((4, 6, 3), numpy.uint8), compression="gzip")
        else:
            file.create_dataset("filenames", data=["a.png"], dtype=h5py.string_dtype())
            file.create_dataset("shapes", (1,), h5py.vlen_dtype(numpy.int64))[0] = numpy.array([4, 6, 3])
    write(f"pysaliency_{name}", "a.png", PNG, False)
    with h5py.File(root / f"pysaliency_{name}/fixations.hdf5", "w") as file:
        file.attrs.update({"type": numpy.bytes_("Fixations"), "version": numpy.bytes_("1.2")})
        for column in ["x", "y", "t"]:
            file[column] = numpy.array([1.5, 2, 3])
        for column in ["n", "subject", "lengths"]:
            file[column] = numpy.zeros(3, int)
listed.append("pysaliency_stimuli fixations.hdf5")
path = write("pysaliency_scanpaths", "scanpaths.hdf5", b"")
with h5py.File(path, "w") as file:
    file.attrs.update({"type": numpy.bytes_("Scanpaths"), "version": numpy.bytes_("1.0")})
    file.attrs["attribute_mapping"] = numpy.bytes_('{"ts": "t", "durations": "duration"}')
    for column in ["xs", "ys"]:
        file[column] = numpy.array([[1.5, 2], [3, numpy.nan]])
    file["n"], file["length"] = numpy.array([0, 0]), numpy.array([2, 1])
    for group, names in [("scanpath_attributes", ["subject"]), ("fixation_attributes", ["ts"])]:
        file.create_group(group).attrs["__attributes__"] = numpy.bytes_(json.dumps(names))
    file["scanpath_attributes/subject"] = numpy.array([0, 1])
    file["fixation_attributes/ts"] = numpy.array([[0.1, 0.5], [0.2, numpy.nan]])

# datadings.
array = numpy.array([[1.5, 2], [3, 1]], "<f4")
packed = {b"nd": True, b"type": array.dtype.str, b"kind": b"", b"shape": array.shape, b"data": array.tobytes()}
samples = [msgpack.packb({"key": key, "image": PNG, "experiments": [{"locations": packed, "map": None}]}) for key in "ab"]
places = [0, len(samples[0]), len(samples[0]) + len(samples[1])]
sides = {".keys": msgpack.packb(["a", "b"]), ".offsets": struct.pack(">3Q", *places)}
write("datadings", "set.msgpack", b"".join(samples))
write("datadings_sides", "set.msgpack", b"".join(samples), False)
for suffix, content in sides.items():
    write("datadings_sides", f"set.msgpack{suffix}", content)
write("datadings_index", "set.msgpack", b"".join(samples), False)
write("datadings_index", "set.msgpack.index", msgpack.packb({"a": places[0], "b": places[1]}))

# BIDS.
sidecar = {"PhysioType": "eyetrack", "Columns": ["timestamp", "x_coordinate", "y_coordinate"], "SamplingFrequency": 100}
screen = {"ScreenDistance": 0.6, "ScreenSize": [0.4, 0.3], "ScreenResolution": [800, 600]}
table = "".join(f"{i}\t{400 + i // 40}\t{300 if i % 30 else 'n/a'}\n" for i in range(80))
base = "sub-1/beh/sub-1_task-look"
for name, content in {
    f"{base}_recording-eye1_physio.tsv.gz": gzip.compress(table.encode()),
    f"{base}_recording-eye1_physio.json": json.dumps(sidecar | {"StartTime": 0}),
    f"{base}_events.tsv": "onset\tduration\tstim_file\n0\t0.4\ta.png\n0.4\t0.3\ta.png\n",
    f"{base}_events.json": json.dumps({"StimulusPresentation": screen}),
}.items():
    write("bids", name, content)
write("bids", "dataset_description.json", '{"Name": "eyes", "BIDSVersion": "1.11.0"}', False)
write("bids", "stimuli/a.png", PNG, False)

# Parquet: every kind of page, encoding and compression that the reader knows.
frame = {"image": ["a.png", "a.png", "b"] * 2, "subject": [1, 1, 2] * 2, "x": [1.5, 2, 3] * 2, "y": [1, 2.5, 0] * 2,
         "duration_ms": [200.0, None, 90] * 2, "group": ["ASD", "TD", "TD"] * 2}
dictionary = {"use_dictionary": True}
plain = {"use_dictionary": False}
split = {"image": "DELTA_BYTE_ARRAY", "group": "DELTA_LENGTH_BYTE_ARRAY", "subject": "DELTA_BINARY_PACKED",
         "x": "BYTE_STREAM_SPLIT", "y": "BYTE_STREAM_SPLIT", "duration_ms": "PLAIN"}
for name, compression, version, options in [
    ("plain", "none", "1.0", plain), ("dictionary", "snappy", "1.0", dictionary), ("plain_v2", "gzip", "2.0", plain),
    ("dictionary_v2", "zstd", "2.0", dictionary), ("encodings", "none", "1.0", plain | {"column_encoding": split}),
    ("encodings_v2", "snappy", "2.0", plain | {"column_encoding": split}),
]:
    path = write(f"parquet_{name}", "fixations.parquet", b"")
    table = pyarrow.table(frame)
    pyarrow.parquet.write_table(table, path, compression=compression, data_page_version=version, store_schema=False,
                                write_statistics=name == "plain", **options)
    write(f"parquet_{name}", "images/a.png", PNG, False)

# Recordings: the first lines of each file, with the other files of its kind beside it where they belong together.
TOGETHER = {"pupil_core", "pupil_invisible", "pupil_neon", "tobii_glasses"}


def head(path):
    """The part of a file that becomes a seed."""
    content = path.read_bytes()
    if path.suffix == ".hdf5" or len(content) < 2000:
        return content
    if path.suffix == ".gz":
        return gzip.compress(b"".join(gzip.decompress(content).splitlines(True)[:20]))
    lines = content.splitlines(True)
    # In some formats the first events come late.
    events = [line for line in lines if line[:5] in (b"EFIX ", b"ESACC", b"EBLIN", b"END\t1") or b"Fixation L" in line[:12]]
    comments = sum(line.startswith(b"##") for line in lines)
    return b"".join(lines[: 32 + comments] + events[:3])


for kind in sorted(Path(sys.argv[2]).iterdir()) if len(sys.argv) > 2 else []:
    files = [path for path in sorted(kind.rglob("*")) if path.is_file() and path.name != "expected.json"] if kind.is_dir() else []
    for number, path in enumerate(files):
        beside = [other for other in files if other.parent == path.parent] if kind.name in TOGETHER else [path]
        for other in beside:
            write(f"recording_{kind.name}_{number}", other.name, head(other), other == path)
        write(f"recording_{kind.name}_{number}", "images/cat.jpg", picture("JPEG"), False)

(root / "LIST").write_text("".join(f"{line}\n" for line in listed))
