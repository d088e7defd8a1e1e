"""Writes the fixtures of the reader's tests, and beside each what is in it: pip install pyarrow duckdb && python3 fixtures.py

A line of a .txt file is a row, its values separated by " | ": numbers and times as weir stores them, bytes in hexadecimal.
"""
import datetime, decimal, random
import duckdb, pyarrow as pa, pyarrow.parquet as pq

random.seed(7)
N = 300
epoch = datetime.datetime(1970, 1, 1)


def some(value):  # every fifth value or so is NULL
    return [None if random.randrange(5) == 0 else value(i) for i in range(N)]


ints = lambda lo, hi: some(lambda i: [lo, hi, 0, -1, 1][i] if i < 5 and lo <= [lo, hi, 0, -1, 1][i] else random.randint(lo, hi))
strings = lambda: some(lambda i: ["", "ä€😀", "a,b\"c"][i % 3] if i % 7 == 0 else "value %d" % random.randrange(40))
micros = some(lambda i: random.randint(-10**15, 4 * 10**15))
decimals = lambda p, s: some(lambda i: decimal.Decimal(random.randint(-10**p + 1, 10**p - 1)).scaleb(-s, decimal.Context(prec=60)))

columns = {  # name: (type in the file, values, text of a value)
    "b": (pa.bool_(), some(lambda i: random.randrange(2) == 1), lambda v: str(v).lower()),
    "i8": (pa.int8(), ints(-128, 127), str),
    "i16": (pa.int16(), ints(-2**15, 2**15 - 1), str),
    "i32": (pa.int32(), ints(-2**31, 2**31 - 1), str),
    "i64": (pa.int64(), ints(-2**63, 2**63 - 1), str),
    "u32": (pa.uint32(), ints(0, 2**32 - 1), str),
    "f": (pa.float32(), some(lambda i: random.randint(-1000, 1000) / 2), str),
    "d": (pa.float64(), some(lambda i: random.randint(-1000, 1000) / 4), str),
    "s": (pa.string(), strings(), str),
    "by": (pa.binary(), some(lambda i: random.randbytes(random.randrange(4))), lambda v: v.hex()),
    "fixed": (pa.binary(4), some(lambda i: random.randbytes(4)), lambda v: v.hex()),
    "dec5": (pa.decimal128(5, 2), decimals(5, 2), lambda v: str(int(v.scaleb(2)))),
    "dec15": (pa.decimal128(15, 3), decimals(15, 3), lambda v: str(int(v.scaleb(3)))),
    "dec38": (pa.decimal128(38, 10), decimals(38, 10), lambda v: str(int(v.scaleb(10, decimal.Context(prec=60))))),
    "date": (pa.date32(), some(lambda i: datetime.date(1970, 1, 1) + datetime.timedelta(random.randint(-100000, 100000))), lambda v: str((v - epoch.date()).days)),
    "t": (pa.time32("ms"), some(lambda i: random.randrange(86400000)), lambda v: str(v)),
    "tus": (pa.time64("us"), some(lambda i: random.randrange(86400000000)), lambda v: str(v // 1000)),
    "ms": (pa.timestamp("ms"), [None if v is None else v // 1000 for v in micros], str),
    "us": (pa.timestamp("us"), micros, str),
    "ns": (pa.timestamp("ns"), [None if v is None else v * 1000 + 7 for v in micros], lambda v: "%d+%d" % (v // 1000, v % 1000)),
    "utc": (pa.timestamp("us", "UTC"), micros, str),
    "cut": (pa.timestamp("us"), micros, lambda v: str(v // 1000)),
}


def text(path, columns):
    with open(path, "w") as f:
        for i in range(N):
            f.write(" | ".join("NULL" if v[i] is None else show(v[i]) for _, v, show in columns.values()) + "\n")


def table(columns):
    return pa.table({n: pa.array(v, t) for n, (t, v, _) in columns.items()})


text("types.txt", columns)
pq.write_table(table(columns), "types.parquet", row_group_size=110, data_page_size=300, write_batch_size=64, compression="snappy")
pq.write_table(table(columns), "types-v2.parquet", row_group_size=128, data_page_size=500, write_batch_size=50, compression="zstd", data_page_version="2.0", version="2.6")
plain = {n: "PLAIN" for n in columns}
pq.write_table(table(columns), "types-plain.parquet", compression="none", use_dictionary=False, column_encoding=plain, write_page_checksum=True)
delta = {n: "DELTA_BINARY_PACKED" for n in columns if n[0] in "iu" or n in ("date", "t", "tus", "ms", "us", "ns", "utc", "cut")}
delta |= {n: "BYTE_STREAM_SPLIT" for n in ("f", "d", "fixed")} | {"s": "DELTA_BYTE_ARRAY", "by": "DELTA_LENGTH_BYTE_ARRAY", "b": "RLE"}
pq.write_table(table(columns), "types-delta.parquet", row_group_size=133, compression="gzip", use_dictionary=False, column_encoding=delta, data_page_version="2.0", data_page_size=900, write_batch_size=100)
pq.write_table(table(columns), "types-brotli.parquet", compression="brotli")

int96 = {"ts3": (pa.timestamp("ns"), [None if v is None else v * 1000 for v in micros], lambda v: str(v // 1000000)),
         "ts6": (pa.timestamp("ns"), [None if v is None else v * 1000 for v in micros], lambda v: str(v // 1000)),
         "ts9": (pa.timestamp("ns"), [None if v is None else v * 1000 + 999 for v in micros], lambda v: "%d+%d" % (v // 1000, v % 1000))}
text("int96.txt", int96)
pq.write_table(table(int96), "int96.parquet", use_deprecated_int96_timestamps=True)


def show(v):
    if v is None: return "NULL"
    if isinstance(v, dict): return "(" + ", ".join(show(x) for x in v.values()) + ")"
    if isinstance(v, list) and v and isinstance(v[0], tuple): return "{" + ", ".join(show(k) + "=" + show(x) for k, x in v) + "}"
    if isinstance(v, list): return "[" + ", ".join(show(x) for x in v) + "]"
    return str(v)


few = lambda value: [value() for _ in range(random.randrange(4))]
maybe = lambda value: None if random.randrange(4) == 0 else value()
number = lambda: random.randrange(1000)
word = lambda: "w%d" % random.randrange(30)
nested = {
    "a": (pa.list_(pa.int32()), some(lambda i: few(lambda: maybe(number))), show),
    "r": (pa.struct([("x", pa.int64()), ("y", pa.string())]), some(lambda i: {"x": maybe(number), "y": maybe(word)}), show),
    "m": (pa.map_(pa.string(), pa.int32()), some(lambda i: [(w, maybe(number)) for w in sorted(set(few(word)))]), lambda v: "{}" if v == [] else show(v)),
    "aa": (pa.list_(pa.list_(pa.string())), some(lambda i: few(lambda: maybe(lambda: few(lambda: maybe(word))))), show),
    "ar": (pa.list_(pa.struct([("n", pa.int32()), ("l", pa.list_(pa.string()))])),
           some(lambda i: few(lambda: maybe(lambda: {"n": maybe(number), "l": maybe(lambda: few(word))}))), show),
    "ra": (pa.struct([("l", pa.list_(pa.int32())), ("q", pa.struct([("z", pa.int32())]))]),
           some(lambda i: {"l": maybe(lambda: few(number)), "q": maybe(lambda: {"z": maybe(number)})}), show),
    "k": (pa.int64(), list(range(N)), show),
}
text("nested.txt", nested)
pq.write_table(table(nested), "nested.parquet", row_group_size=100, data_page_size=200, write_batch_size=32)
pq.write_table(table(nested), "nested-v2.parquet", row_group_size=250, data_page_version="2.0", use_dictionary=False, compression="zstd", data_page_size=200, write_batch_size=32)

duckdb.sql("""COPY (SELECT i::BIGINT AS id, CASE WHEN i % 5 <> 0 THEN 'name ' || (i % 40) END AS name, (i / 4)::DOUBLE AS x,
  (i * 7)::DECIMAL(12, 2) AS p, TIMESTAMP '2020-01-01 00:00:00' + INTERVAL (i) MILLISECOND AS ts, [i, NULL, i + 1] AS l, {'a': i, 'b': 'x'} AS r, MAP {'k': i} AS m
  FROM range(5000) t(i)) TO 'duckdb.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)""")

pq.write_table(pa.table({"u%d" % b: pa.array([0, 2**b - 1], getattr(pa, "uint%d" % b)()) for b in (8, 16, 32, 64)}), "unsigned.parquet")
