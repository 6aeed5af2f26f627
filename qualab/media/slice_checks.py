"""FFV1's checksums, looked at before decoding: FFmpeg's decoder conceals a damaged slice and says nothing.

RFC 9043: a frame of version 3 is slices one after the other, each ending with its size (24 bits), and where the stream
has checksums (FFmpeg's default) an error status (8 bits) and a CRC-32 that makes the CRC of the whole slice zero.
"""

import zlib

_SIZE, _CHECKS = 3, 5
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class SliceChecks:
    """Follows the packets of one FFV1 stream."""

    def __init__(self) -> None:
        self._count = 0
        self._has_checks = False
        self._first_bad: int | None = None

    def damaged(self, packet: bytes) -> int | None:
        """Return the number of a damaged frame that the stream's next packet brings to light, None where all is well.

        A stream in which no frame's checksums are right has none.
        """
        number, self._count = self._count, self._count + 1
        if _is_whole(packet):
            self._has_checks = True
        elif self._first_bad is None:
            self._first_bad = number
        return self._first_bad if self._has_checks else None


def _is_whole(frame: bytes) -> bool:
    """Say whether a frame is a chain of slices of the sizes they say, each with a right checksum."""
    mirrored, end = frame.translate(_MIRRORED), len(frame)
    while end > 0:
        tail = end - _SIZE - _CHECKS
        if tail < 0:
            return False
        start = tail - int.from_bytes(frame[tail : tail + _SIZE], "big")
        if start < 0 or _register(mirrored[start:end]) != 0:
            return False
        end = start
    return True


def _register(mirrored: bytes) -> int:
    """Return the CRC register after these bytes, begun at zero: polynomial 0x04C11DB7, first bit highest.

    zlib computes it lowest bit first, from and to inverted values, hence the mirrored bytes.
    """
    return zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF
