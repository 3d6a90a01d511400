"""Writes one table of fixations with the programs that people write Parquet with, and as CSV.

Usage: python make.py FOLDER, with pandas 3.1.1, pyarrow 26.0.1, polars 2.1.0 and duckdb 2.0.0.

Values are sums of powers of two, so that a column of 32 bits holds them as they are. One duration is missing, one x is not
a number, and there is a column of lists that means nothing to a reader of fixations.
"""

import csv
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy
import pandas
import polars
import pyarrow
import pyarrow.parquet

folder = Path(sys.argv[1])
rows = []
for image in ["cat.png", "dog.v2", "10"]:
    for subject in range(2):
        for n in range(40):
            x = (n * 7 + subject) % 6 + n % 4 / 4
            duration = None if (image, subject, n) == ("10", 1, 3) else 100 + n + subject / 8
            rows.append({
                "image": image, "subject": subject + 1, "x": float("nan") if (image, n) == ("cat.png", 5) else x,
                "y": (n * 5 + subject) % 4 + 0.5, "duration_ms": duration, "start_ms": n * 250 - 100,
                "group": "ASD" if subject else "TD", "trace": [n, n + 1],
            })

with open(folder / "plain.csv", "w", newline="") as file:
    writer = csv.DictWriter(file, [name for name in rows[0] if name != "trace"], extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: "NaN" if value != value else value for name, value in row.items()})

frame = pandas.DataFrame(rows)
frame.astype({"group": "category"}).to_parquet(folder / "pandas.parquet")
table = pyarrow.Table.from_pandas(frame.astype({"x": "float32", "duration_ms": "float32"}), preserve_index=False)
pyarrow.parquet.write_table(table, folder / "pyarrow_gzip_v2.parquet", compression="gzip", data_page_version="2.0",
                            row_group_size=50, version="2.6", use_dictionary=["image"],
                            column_encoding={"y": "BYTE_STREAM_SPLIT", "subject": "DELTA_BINARY_PACKED",
                                             "group": "DELTA_BYTE_ARRAY"})
pyarrow.parquet.write_table(table, folder / "pyarrow_none.parquet", compression="none", use_dictionary=False, version="1.0")
polars.DataFrame(rows).write_parquet(folder / "polars.parquet")
duckdb.sql("SELECT * FROM frame").write_parquet(str(folder / "duckdb.parquet"))
# Types that fixations seldom have, and an encoding that no file above has.
types = pyarrow.table({
    "image": ["cat.png", "cat.png", "dog.v2"], "subject": pyarrow.array([1, 4294967295, 2], pyarrow.uint32()),
    "x": pyarrow.array([Decimal("1.50"), Decimal("-0.25"), None], pyarrow.decimal128(5, 2)),
    "y": pyarrow.array(numpy.array([0.5, 2, 3], numpy.float16)),
    "duration_ms": pyarrow.array([200, None, 90], pyarrow.uint16()),
    "start_ms": pyarrow.array([-100, 0, 1 << 40], pyarrow.int64()), "group": ["TD", "ASD", "TD"],
})
pyarrow.parquet.write_table(types, folder / "pyarrow_types.parquet", use_dictionary=["group"], store_schema=False,
                            store_decimal_as_integer=True, column_encoding={"image": "DELTA_LENGTH_BYTE_ARRAY"})
