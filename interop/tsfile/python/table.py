"""Writes a small file of the table model with the official Python package. Argument: the file."""

import sys

from tsfile import (
    ColumnCategory,
    ColumnSchema,
    TableSchema,
    Tablet,
    TSDataType,
    TsFileTableWriter,
)

schema = TableSchema(
    "machines",
    [
        ColumnSchema("plant", TSDataType.STRING, ColumnCategory.TAG),
        ColumnSchema("line", TSDataType.STRING, ColumnCategory.TAG),
        ColumnSchema("temperature", TSDataType.DOUBLE, ColumnCategory.FIELD),
        ColumnSchema("state", TSDataType.STRING, ColumnCategory.FIELD),
    ],
)
columns = ["plant", "line", "temperature", "state"]
types = [TSDataType.STRING, TSDataType.STRING, TSDataType.DOUBLE, TSDataType.STRING]
rows = [
    (1000, "north", "a", 20.5, "idle"),
    (2000, "north", "a", 21.5, None),
    (1000, "north", "b", None, "run"),
    (1500, "south", "a", 30.0, "run"),
]
with TsFileTableWriter(sys.argv[1], schema) as writer:
    tablet = Tablet(columns, types, len(rows))
    for i, (time, *values) in enumerate(rows):
        tablet.add_timestamp(i, time)
        for name, value in zip(columns, values):
            if value is not None:
                tablet.add_value_by_name(name, i, value)
    writer.write_table(tablet)
