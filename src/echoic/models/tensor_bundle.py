"""Read a TensorFlow checkpoint ("tensor bundle") with numpy alone.

The `.index` file is a LevelDB table from a tensor's name to a `BundleEntryProto` (dtype, shape,
shard, offset, size); `.data-00000-of-00001` holds the raw little-endian tensors. Formats:
LevelDB's `doc/table_format.md` and TensorFlow's `core/protobuf/tensor_bundle.proto`. Differs: only
what a single-shard checkpoint of plain float32 or integer tensors needs is read, the rest fails.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from echoic.errors import CheckpointMismatch

Fields = dict[int, list[int | bytes]]

FOOTER_BYTES = 48
TABLE_MAGIC = bytes.fromhex("57fb808b247547db")  # last 8 bytes of a LevelDB table
NO_COMPRESSION = 0
DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    3: np.dtype("<i4"),
    9: np.dtype("<i8"),
}  # types.proto
DTYPE, SHAPE, SHARD, OFFSET, SIZE = 1, 2, 3, 4, 5  # fields of BundleEntryProto
DIM, DIM_SIZE = 2, 1  # fields of TensorShapeProto and of its Dim


def read_bundle(index: Path, data: Path) -> dict[str, npt.NDArray[Any]]:
    """Every tensor of a checkpoint by name, in its own shape.

    Raises CheckpointMismatch, naming the file, when it is missing, cut or of another layout.
    """
    try:
        entries, raw = dict(_entries(index.read_bytes())), data.read_bytes()
        return {
            name.decode(): _tensor(_fields(entry), raw) for name, entry in entries.items() if name
        }
    except OSError as error:
        raise CheckpointMismatch(f"{error.filename}: cannot be read: {error.strerror}") from error
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise CheckpointMismatch(f"{index}: no readable TensorFlow checkpoint: {error}") from error


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(value, position after it) of a base-128 number, least significant group first."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of every entry of a LevelDB table, through its index block."""
    if table[-len(TABLE_MAGIC) :] != TABLE_MAGIC:
        raise ValueError("the file does not end as a LevelDB table")
    footer = table[-FOOTER_BYTES:]
    _, at = _varint(footer, 0)  # the meta-index block's offset and size are of no use here
    _, at = _varint(footer, at)
    for _, handle in _block(table, footer[at:]):
        yield from _block(table, handle)


def _block(table: bytes, handle: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of one block; keys share a prefix with the key before."""
    offset, at = _varint(handle, 0)
    size, _ = _varint(handle, at)
    if table[offset + size] != NO_COMPRESSION:
        raise ValueError("a block of the table is compressed")
    block = table[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    key, at = b"", 0
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def _fields(message: bytes) -> Fields:
    """Field number -> values of a protobuf message; numbers as int, the rest as bytes."""
    fields: Fields = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        value: int | bytes
        if wire == 0:
            value, at = _varint(message, at)
        elif wire in (1, 5):
            width = 8 if wire == 1 else 4
            value, at = message[at : at + width], at + width
        elif wire == 2:
            length, at = _varint(message, at)
            value, at = message[at : at + length], at + length
        else:
            raise ValueError(f"protobuf wire type {wire} is not in use any more")
        fields.setdefault(number, []).append(value)
    return fields


def _number(fields: Fields, field: int) -> int:
    """A numeric field; absent means 0, as protobuf leaves zeros out."""
    value = fields.get(field, [0])[-1]
    if not isinstance(value, int):
        raise TypeError(f"field {field} holds bytes, not a number")
    return value


def _messages(fields: Fields, field: int) -> list[Fields]:
    """The messages of a repeated field."""
    return [_fields(value) for value in fields.get(field, []) if isinstance(value, bytes)]


def _tensor(entry: Fields, raw: bytes) -> npt.NDArray[Any]:
    """The tensor that an entry points at. Raises ValueError when its bytes are not there."""
    if _number(entry, SHARD):
        raise ValueError("the checkpoint has more than one shard")
    shape = [
        _number(dim, DIM_SIZE) for whole in _messages(entry, SHAPE) for dim in _messages(whole, DIM)
    ]
    offset, size = _number(entry, OFFSET), _number(entry, SIZE)
    if offset + size > len(raw):
        raise ValueError(f"its data file holds {len(raw)} bytes, {offset + size} are needed")
    flat: npt.NDArray[Any] = np.frombuffer(
        raw[offset : offset + size], DTYPES[_number(entry, DTYPE)]
    )
    return flat.reshape(shape)
