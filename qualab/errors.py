"""The errors a user can cause or fix; anything else is a bug and keeps its traceback.

QualabError                     `where: what — hint`, one line
├── InputError        exit 2    a file, name or value that cannot be used
│   ├── ConfigError   exit 2    study.toml or card.toml says something impossible
│   ├── MediaError    exit 2    a clip that cannot be decoded or must be refused
│   └── RefusedPair   exit 2    reference and PVS that must not be compared (the preflight gate)
├── PartialFailure    exit 3    some clips failed, the rest are done
├── ToolMissing       exit 4    FFmpeg, libvmaf or a GPU is not there
└── StorageError      exit 5    disk full, database unreachable
"""

import unicodedata


def one_line(text: str) -> str:
    r"""Return `text` with control, format and line-separator characters escaped, so that it prints as one line.

    >>> one_line("a\nb")
    'a\\nb'
    """
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"}
        else char
        for char in text
    )


class QualabError(Exception):
    """An error with an address: where it is, what is wrong, how to fix it."""

    exit_code = 1

    def __init__(self, where: object, what: str, hint: str) -> None:
        super().__init__(str(where), what, hint)
        self.where, self.what, self.hint = str(where), what, hint

    def __str__(self) -> str:
        return one_line(f"{self.where}: {self.what} — {self.hint}")


class InputError(QualabError):
    """A file, name or value given by the user cannot be used."""

    exit_code = 2


class ConfigError(InputError):
    """study.toml or card.toml holds something impossible; `where` names file and field."""


class MediaError(InputError):
    """A clip cannot be decoded completely, or is of a kind that is refused: then `code` is the preflight gate's."""

    def __init__(self, where: object, what: str, hint: str, *, code: str = "") -> None:
        super().__init__(where, what, hint)
        self.code = code


class RefusedPair(InputError):
    """Reference and PVS must not be compared; the text names the first reason found."""


class PartialFailure(QualabError):
    """Some clips failed; everything else is done and stays done."""

    exit_code = 3


class ToolMissing(QualabError):
    """A tool or device that the work needs is not there."""

    exit_code = 4


class StorageError(QualabError):
    """Nothing more can be written: disk full, directory read-only, database unreachable."""

    exit_code = 5
