"""Reads with pyarrow and DuckDB what weir has written, and compares it with the fixtures it was read from:

WEIR_PARQUET_OUT=/tmp/out go test -run TestWriterReadsBack . && python3 testdata/verify.py /tmp/out
"""
import pathlib, sys
import duckdb, pyarrow as pa, pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.parquet")):
    written, rows = pq.read_table(path), duckdb.sql(f"SELECT * FROM '{path}'").fetchall()
    assert len(rows) == written.num_rows, path
    if not path.name.startswith("0-"):
        continue  # those have a part of the rows
    fixture = pq.read_table(here / path.name[2:])
    for name in fixture.column_names:
        want, got = fixture[name], written[name]
        if want.type != got.type and (pa.types.is_timestamp(got.type) or pa.types.is_time(got.type)):
            # Read as a type of fewer digits: those behind are cut off, before 1970 too.
            unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
            divide = unit[want.type.unit] // unit[got.type.unit]
            raw = lambda c, t: c.cast(pa.int32() if pa.types.is_time32(t) else pa.int64()).to_pylist()
            want, got = [None if v is None else v // divide for v in raw(want, want.type)], raw(got, got.type)
        elif pa.types.is_timestamp(want.type):
            want, got = want.cast(pa.int64()).to_pylist(), got.cast(pa.int64()).to_pylist()
        else:
            want, got = want.to_pylist(), got.to_pylist()
        assert want == got, (path, name)
    print(path.name, "is right")
