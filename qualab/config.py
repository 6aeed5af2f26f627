"""study.toml and card.toml: what may stand in them, reading them, writing them."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import tomlkit
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from qualab.errors import ConfigError, InputError
from qualab.terms import ID_RULE, is_id, nearest

_MAX_BYTES = 1_000_000
METHODS = ("forced-choice",)
PRESENTATIONS = ("side-by-side", "toggle")


def _checked_id(value: str) -> str:
    if not is_id(value):
        raise ValueError(f"is {value[:80]!r} — use {ID_RULE}")
    return value


def _even(value: int) -> int:
    if value % 2:
        raise ValueError(f"is {value} — heights are even, because chroma is subsampled 4:2:0")
    return value


_Model = TypeVar("_Model", bound=BaseModel)
Id = Annotated[str, AfterValidator(_checked_id)]
Height = Annotated[int, Field(ge=16, le=4320), AfterValidator(_even)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def checked(cls, where: str, **values: Any) -> Self:
        """Return a model of `values`; ConfigError, addressed to `where`, names the wrong one."""
        return _validated(where, cls, values)


class Src(_Frozen):
    """A source clip of a study. `file` is its name in the study's clips/; `title` is display data only."""

    id: Id
    title: str = Field(max_length=300)
    file: Annotated[str, Field(pattern=r"^[0-9a-f]{64}\.[a-z0-9]{1,5}$")]
    reference: bool
    start_s: float = Field(default=0.0, ge=0)
    duration_s: float | None = Field(default=None, gt=0)
    tags: tuple[str, ...] = ()
    attribution: str = ""
    licence: str = ""

    @property
    def sha256(self) -> str:
        """SHA-256 of the stored clip, which is its name."""
        return self.file.split(".")[0]


class Hrc(_Frozen):
    """A hypothetical reference circuit: for now the upscaler alone; the input is the SRC at source height."""

    id: Id
    upscaler: Id

    @classmethod
    def known(cls, name: str, upscalers: list[str]) -> "Hrc":
        """Return the HRC of an upscaler; InputError suggests the nearest where there is none of that name."""
        if name not in upscalers:
            raise InputError(f"upscaler '{name[:80]}'", "does not exist", nearest(name, upscalers))
        return cls(id=name, upscaler=name)


class Voting(_Frozen):
    """How viewers are asked; frozen with the design at launch."""

    method: str = "forced-choice"
    presentation: str = "side-by-side"
    viewers: int = Field(default=24, ge=1, le=1000)
    question: str = Field(default="Which one looks better?", max_length=200)

    @model_validator(mode="after")
    def _known(self) -> "Voting":
        for field, value, known in (
            ("method", self.method, METHODS),
            ("presentation", self.presentation, PRESENTATIONS),
        ):
            if value not in known:
                raise ValueError(f"{field} is '{value[:80]}' — {nearest(value, known)}")
        return self


class Study(_Frozen):
    """A study as its study.toml says it: SRCs, HRCs, heights in lines, seed, voting."""

    id: Id
    title: str = Field(default="", max_length=300)
    source_height: Height
    display_height: Height
    baseline: Id
    seed: int = Field(default=1, ge=0, lt=2**63)
    voting: Voting = Voting()
    hrc: tuple[Hrc, ...] = Field(min_length=1, max_length=64)
    src: tuple[Src, ...] = Field(default=(), max_length=10_000)

    @model_validator(mode="after")
    def _consistent(self) -> "Study":
        hrcs = [hrc.id for hrc in self.hrc]
        for name, ids in (("hrc", hrcs), ("src", [src.id for src in self.src])):
            twice = next((item for item in ids if ids.count(item) > 1), None) if len(set(ids)) < len(ids) else None
            if twice:
                raise ValueError(f"{name} '{twice}' stands twice — ids are unique")
        if self.baseline not in hrcs:
            raise ValueError(f"baseline is '{self.baseline}' — {nearest(self.baseline, hrcs)}")
        if self.display_height <= self.source_height:
            raise ValueError(
                f"display_height {self.display_height} is not above source_height {self.source_height}"
                " — upscaling needs a larger display"
            )
        return self

    @classmethod
    def comparing(
        cls,
        upscalers: list[str],
        *,
        known: list[str],
        source_height: int | None = None,
        display_height: int = 720,
        **values: Any,
    ) -> "Study":
        """Return a study of one HRC per upscaler, the first one the baseline; InputError names what is wrong.

        The source height is half the display height, made even, where it is not given.
        """
        source_height = source_height or display_height // 4 * 2
        values |= {"source_height": source_height, "display_height": display_height}
        hrcs = tuple(Hrc.known(name, known) for name in upscalers)
        return cls.checked(f"study '{str(values.get('id'))[:80]}'", **values, baseline=upscalers[0], hrc=hrcs)

    @property
    def factor(self) -> float:
        """Enlargement of every SRC: display height over source height."""
        return self.display_height / self.source_height

    @property
    def hrc_ids(self) -> list[str]:
        """The ids of the HRCs, the baseline first."""
        return [self.baseline, *(hrc.id for hrc in self.hrc if hrc.id != self.baseline)]

    @property
    def upscalers(self) -> set[str]:
        """The ids of the upscalers in use."""
        return {hrc.upscaler for hrc in self.hrc}

    def pairs(self) -> list[tuple[str, str]]:
        """Return the pairs of HRC ids that viewers compare: the baseline against each other HRC."""
        return [(self.baseline, hrc.id) for hrc in self.hrc if hrc.id != self.baseline]


class Card(_Frozen):
    """card.toml of weights: what they are, from what they were made, what they gain.

    `settings` are those of an architecture that comes in several sizes, `source` says where imported weights are from.
    """

    id: Id
    architecture: str
    scale: int = Field(ge=1, le=8)
    sha256: Sha256
    licence: str
    description: str = ""
    settings: dict[str, Annotated[int, Field(ge=1, le=1024)]] = {}
    source: dict[str, str] = {}
    training: dict[str, Any] = {}
    material: tuple[dict[str, Any], ...] = ()
    gain: tuple[dict[str, Any], ...] = ()


def load_study(path: Path) -> Study:
    """Read and check a study.toml.

    Raises:
        ConfigError: names the file, the field or line, and the mend.
    """
    return _load(path, Study)


def load_card(path: Path) -> Card:
    """Read and check a card.toml; raises ConfigError as load_study does."""
    return _load(path, Card)


def dump(model: BaseModel) -> str:
    """Return a model as TOML text; reading it back gives an equal model."""
    data = model.model_dump(mode="json", exclude_none=True)
    document = tomlkit.document()
    tables = {key: value for key, value in data.items() if isinstance(value, dict) or _is_tables(value)}
    for key, value in data.items():
        if key not in tables:
            document.add(key, tomlkit.item(value))
    for key, value in tables.items():
        if value:
            document.add(key, tomlkit.item(value))
    return tomlkit.dumps(document)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _load(path: Path, model: type[_Model]) -> _Model:
    where = f"{path.parent.name}/{path.name}"
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(where, f"is larger than {_MAX_BYTES} bytes", "it should hold a page of settings")
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise ConfigError(where, "does not exist", "check the id, or create it first") from None
    except OSError as error:
        raise ConfigError(where, f"cannot be read ({error.strerror})", "check path and permission") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{where}: line {line}", "is not UTF-8", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(where, f"is not TOML: {error}", "mend that line") from None
    except RecursionError:
        raise ConfigError(where, "is nested too deeply", "use the layout of studies/demo/study.toml") from None
    return _validated(where, model, data)


def _validated(where: str, model: type[_Model], data: object) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _explained(where, error, model) from None


def _explained(where: str, error: ValidationError, model: type[BaseModel]) -> ConfigError:
    """Turn pydantic's first finding into one line that names the field as TOML writes it."""
    found = error.errors(include_url=False)
    # A misspelt key also leaves its right spelling missing: the misspelling is what helps.
    first = next((item for item in found if item["type"] == "extra_forbidden"), found[0])
    field = ""
    for part in first["loc"]:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else str(part)
    spot = f"{where}: {field}" if field else where
    if first["type"] == "extra_forbidden":
        return ConfigError(spot, "unknown key", nearest(str(first["loc"][-1]), _fields(model, first["loc"][:-1])))
    if first["type"] == "value_error":
        what, _, mend = str(first["ctx"]["error"]).partition(" — ")
        return ConfigError(spot, what, mend or "mend it")
    given = first["input"] if isinstance(first["input"], str | int | float | bool) else type(first["input"]).__name__
    mend = "add it" if first["type"] == "missing" else "mend the value"
    what = "is missing" if first["type"] == "missing" else f"is {str(given)[:80]!r}; {first['msg'].lower()}"
    return ConfigError(spot, what, mend)


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys known at `loc`, following nested models by their field names."""
    nested: dict[str, type[BaseModel]] = {"src": Src, "hrc": Hrc, "voting": Voting}
    for part in loc:
        if isinstance(part, str) and part in nested:
            model = nested[part]
    return list(model.model_fields)
