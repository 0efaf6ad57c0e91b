"""Prints the rows of a predictions file (Parquet) as the JSON lines they stand for, read by
DuckDB, which shares no code with the writer."""

import json
import sys

import duckdb

STAGES = [
    "decode",
    "detect",
    "crop",
    "recognise",
    "post",
    "first_token",
    "request",
    "total",
]


def prediction(row):
    timings = {stage: row.pop(f"{stage}_ms") for stage in STAGES}
    row["timings_ms"] = {stage: ms for stage, ms in timings.items() if ms is not None}
    tokens = {name: row.pop(name) for name in ["prompt_tokens", "completion_tokens"]}
    if None not in tokens.values():
        row["usage"] = tokens
    for line in row["lines"]:
        numbers = line["polygon"]
        line["polygon"] = [numbers[at : at + 2] for at in range(0, len(numbers), 2)]
    for name in ["attempt_log", "fields"]:
        if row[name] is not None:
            row[name] = json.loads(row[name])
    for name in ["error", "finish_reason", "raw", "attempt_log", "fields"]:
        if row[name] is None:
            del row[name]
    if not row["notes"]:
        del row["notes"]
    return row


path = sys.argv[1]
rows = duckdb.sql("SELECT * FROM read_parquet($path)", params={"path": path})
names = rows.columns
predictions = [prediction(dict(zip(names, row))) for row in rows.fetchall()]
about = duckdb.sql(
    "SELECT key, value FROM parquet_kv_metadata($path)", params={"path": path}
).fetchall()
metadata = {key.decode(): value.decode() for key, value in about}
json.dump({"metadata": metadata, "predictions": predictions}, sys.stdout)
