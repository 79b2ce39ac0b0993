"""Writes and dumps files with the official Python package, as the README describes it.

Arguments: `write SCHEMA ROWS FILE`, or `dump SCHEMA FILE ROWS`. One file a process: the package has global state.
"""

import datetime
import math
import struct
import sys

from tsfile import (
    Compressor,
    RowRecord,
    TimeseriesSchema,
    TSDataType,
    TSEncoding,
    TsFileReader,
    TsFileWriter,
)
from tsfile.field import Field


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file]


def value_of(text, data_type):
    if data_type == TSDataType.BOOLEAN:
        return text == "true"
    if data_type in (TSDataType.INT32, TSDataType.INT64, TSDataType.TIMESTAMP):
        return int(text)
    if data_type == TSDataType.DATE:
        return datetime.datetime.strptime(text, "%Y%m%d").date()
    if data_type == TSDataType.FLOAT:
        return struct.unpack(">f", bytes.fromhex(text))[0]
    if data_type == TSDataType.DOUBLE:
        return struct.unpack(">d", bytes.fromhex(text))[0]
    raw = bytes.fromhex(text)
    return raw if data_type == TSDataType.BLOB else raw.decode()


def text_of(value, data_type):
    if data_type == TSDataType.BOOLEAN:
        return "true" if value else "false"
    if data_type in (TSDataType.INT32, TSDataType.INT64, TSDataType.TIMESTAMP):
        return str(int(value))
    if data_type == TSDataType.DATE:
        return value.strftime("%Y%m%d")
    if data_type == TSDataType.FLOAT:
        return "nan" if math.isnan(value) else struct.pack(">f", value).hex()
    if data_type == TSDataType.DOUBLE:
        return "nan" if math.isnan(value) else struct.pack(">d", value).hex()
    return value.hex() if isinstance(value, (bytes, bytearray)) else value.encode().hex()


def write(schema_path, rows_path, file_path):
    writer = TsFileWriter(file_path)
    for device, _, measurement, data_type, encoding, compression in lines_of(schema_path):
        schema = TimeseriesSchema(
            measurement, TSDataType[data_type], TSEncoding[encoding], Compressor[compression]
        )
        writer.register_timeseries(device, schema)
    rows = {}
    for device, measurement, data_type, time, value in lines_of(rows_path):
        kind = TSDataType[data_type]
        field = Field(measurement, value_of(value, kind), kind)
        rows.setdefault((device, int(time)), []).append(field)
    for (device, time), fields in sorted(rows.items(), key=lambda item: item[0]):
        writer.write_row_record(RowRecord(device, time, fields))
    writer.close()


def dump(schema_path, file_path, rows_path):
    reader = TsFileReader(file_path)
    with open(rows_path, "w", encoding="utf-8") as out:
        for device, _, measurement, data_type, _, _ in lines_of(schema_path):
            kind = TSDataType[data_type]
            result = reader.query_timeseries(device, [measurement], -(2**63), 2**63 - 1)
            # The first column of a result is the time.
            while result.next():
                if not result.is_null_by_index(2):
                    time = result.get_value_by_index(1)
                    value = text_of(result.get_value_by_index(2), kind)
                    out.write(f"{device}\t{measurement}\t{data_type}\t{time}\t{value}\n")
            result.close()
    reader.close()


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"write": write, "dump": dump}[command](*arguments)
