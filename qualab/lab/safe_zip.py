"""Zip files from elsewhere, taken for hostile: known names, plain files, and no more than they say."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from qualab.errors import InputError

_CHUNK = 1 << 20
_MOST_FILES = 200_000
# What packs better than this holds nothing but repetition; votes as NDJSON come to 20.
_MOST_RATIO, _SMALL = 200, 4 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


@contextmanager
def opened(file: Path) -> Iterator[zipfile.ZipFile]:
    """Give a zip file to read; InputError where it is none."""
    try:
        packed = zipfile.ZipFile(file)
    except (*_BROKEN, ValueError) as error:
        raise refused(file, f"is no whole zip file ({error})") from None
    except OSError as error:
        raise InputError(file.name, f"cannot be read ({error.strerror})", "check path and permission") from None
    with packed:
        yield packed


def members(
    packed: zipfile.ZipFile, file: Path, names: re.Pattern[str], *, needed: Sequence[str]
) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name, in the file's order.

    Raises:
        InputError: there is a name that `names` does not match (an absolute path, `..` and folders among them), one
            twice, a link, an encrypted file, too many files or far too much in them; or one of `needed` is missing.
    """
    entries: dict[str, zipfile.ZipInfo] = {}
    if len(packed.infolist()) > _MOST_FILES:
        raise refused(file, f"holds more than {_MOST_FILES} files")
    for info in packed.infolist():
        # As it stands in the file: zipfile cuts `filename` at a NUL.
        name, kind = info.orig_filename, stat.S_IFMT(info.external_attr >> 16)
        if not names.fullmatch(name):
            raise refused(file, f"holds {name[:80]!r}, which does not belong there")
        if name in entries:
            raise refused(file, f"holds {name} twice")
        if kind not in (0, stat.S_IFREG) or info.flag_bits & 1 or info.compress_type not in _METHODS:
            raise refused(file, f"{name} is not a plain file")
        if info.file_size > max(_SMALL, _MOST_RATIO * info.compress_size):
            raise refused(file, f"{name} unpacks to more than {_MOST_RATIO} times its size")
        entries[name] = info
    # Members that overlap add up to more than there is.
    if sum(info.file_size for info in entries.values()) > max(_SMALL, _MOST_RATIO * file.stat().st_size):
        raise refused(file, f"unpacks to more than {_MOST_RATIO} times its size")
    missing = [name for name in needed if name not in entries]
    if missing:
        raise refused(file, f"lacks {missing[0]}")
    return entries


def content(packed: zipfile.ZipFile, info: zipfile.ZipInfo, file: Path) -> Iterator[bytes]:
    """Yield a member in pieces; InputError where it is damaged, its CRC is wrong or it is longer than it says."""
    left = info.file_size
    try:
        with packed.open(info) as member:
            while chunk := member.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise refused(file, f"{info.filename} is longer than it says")
                yield chunk
    except _BROKEN as error:
        raise refused(file, f"{info.filename} is damaged ({error})") from None
    if left:
        raise refused(file, f"{info.filename} is shorter than it says")


def refused(file: Path, what: str) -> InputError:
    """Return the error of a file that is not taken."""
    return InputError(file.name, what, "export it again, and copy the whole file")
