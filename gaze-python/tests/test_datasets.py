"""Datasets are read lazily, and their fixations go to other libraries as they lie in memory."""

import csv

import numpy as np
import pandas
import polars
import pyarrow
import pytest

import gaze
from golden import ROOT

FOLDER = ROOT / "examples/photographs"
COLUMNS = ["image", "subject", "x", "y", "duration_ms", "start_ms", "group"]


@pytest.fixture(scope="module")
def dataset():
    return gaze.open_dataset(FOLDER)


def test_stimuli_are_a_sequence(dataset):
    assert len(dataset) == len(list(dataset)) > 1
    first = dataset[0]
    assert first.image.shape == (*first.size, 3) and first.image.dtype == np.uint8
    assert first.path.is_file() and first.name == first.path.name and first.key == first.path.stem
    assert dataset[-1].key == list(dataset)[-1].key
    for index in (len(dataset), -len(dataset) - 1):
        with pytest.raises(IndexError):
            dataset[index]
    assert dataset.format == "table" and dataset.provenance in ("recorded", "simulated")
    assert dataset.name in repr(dataset)


def test_fixations_are_those_of_the_file(dataset):
    table = dataset.fixations
    with open(FOLDER / "fixations.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(table) + len(table.problems) == len(rows)
    assert table.column_names == COLUMNS
    frame = pandas.DataFrame.from_arrow(table) if hasattr(pandas.DataFrame, "from_arrow") else pyarrow.table(table).to_pandas()
    stored = {(row["image"], row["subject"], float(row["x"]), float(row["y"])) for row in rows}
    assert {(row.image, row.subject, row.x, row.y) for row in frame.itertuples()} <= stored
    by_stimulus = sum(len(stimulus.fixations()) for stimulus in dataset)
    assert by_stimulus == len(table)
    first = dataset[0]
    of_first = frame[frame["image"] == first.name][["x", "y"]].to_numpy()
    assert np.array_equal(of_first, first.fixations())
    assert sum(map(len, first.scanpaths())) == len(of_first)
    assert sum(len(first.fixations(group)) for group in dataset.groups) == len(of_first)


def test_arrow_takes_the_table_without_a_copy(dataset):
    one, two = pyarrow.table(dataset.fixations), pyarrow.table(dataset.fixations)
    assert one.column_names == COLUMNS
    assert one.schema.field("x").type == pyarrow.float64()
    assert not one.schema.field("x").nullable and one.schema.field("duration_ms").nullable
    addresses = [table["x"].chunk(0).buffers()[1].address for table in (one, two)]
    assert addresses[0] == addresses[1]
    frame = polars.DataFrame(dataset.fixations)
    assert frame.columns == COLUMNS and frame.height == len(dataset.fixations)
    assert frame["x"].to_list() == one["x"].to_pylist()


def test_what_lies_outside_is_left_out_and_told(tmp_path):
    from PIL import Image

    (tmp_path / "images").mkdir()
    Image.new("RGB", (6, 4)).save(tmp_path / "images/cat.png")
    (tmp_path / "fixations.csv").write_text("image,subject,x,y\ncat.png,ann,2.5,1\ncat.png,ann,6,1\n")
    dataset = gaze.open_dataset(tmp_path)
    assert dataset[0].fixations().tolist() == [[2.5, 1.0]]
    assert len(dataset.fixations) == 1
    assert "fixations.csv:3: the fixation at x = 6, y = 1 lies outside" in dataset.fixations.problems[0]
    assert pyarrow.table(dataset.fixations)["start_ms"].null_count == 1


def test_what_is_refused_says_why(dataset, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        gaze.open_dataset(tmp_path / "nowhere")
    with pytest.raises(gaze.DataError, match="no dataset of a known format"):
        gaze.open_dataset(tmp_path)
    with pytest.raises(ValueError, match="osi"):
        gaze.open_dataset(FOLDER, "osi")
    with pytest.raises(KeyError, match="no group"):
        dataset[0].fixations("nobody")
