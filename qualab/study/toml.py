"""Settings in TOML: reading a file into a model, one line about what is wrong in it, writing it back."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar, get_args

import tomlkit
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from qualab.errors import ConfigError
from qualab.study.ids import ID_RULE, is_id, nearest

_MAX_BYTES = 1_000_000


def _checked_id(value: str) -> str:
    if not is_id(value):
        raise ValueError(f"is {value[:80]!r} — use {ID_RULE}")
    return value


def _even(value: int) -> int:
    if value % 2:
        raise ValueError(f"is {value} — heights are even, because chroma is subsampled 4:2:0")
    return value


Model = TypeVar("Model", bound=BaseModel)
Id = Annotated[str, AfterValidator(_checked_id)]
Height = Annotated[int, Field(ge=16, le=4320), AfterValidator(_even)]


class Frozen(BaseModel):
    """Settings that do not change and know no other keys than theirs."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def checked(cls, where: str, **values: Any) -> Self:
        """Return a model of `values`; ConfigError, addressed to `where`, names the wrong one."""
        return _validated(where, cls, values)


def dump(model: BaseModel) -> str:
    """Return a model as TOML text, empty lists left out; reading it back gives an equal model."""
    data = model.model_dump(mode="json", exclude_none=True)
    document = tomlkit.document()
    tables = {key: value for key, value in data.items() if isinstance(value, dict) or _is_tables(value)}
    for key, value in data.items():
        if key not in tables and value != []:
            document.add(key, tomlkit.item(value))
    for key, value in tables.items():
        if value:
            document.add(key, tomlkit.item(value))
    return tomlkit.dumps(document)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def load(path: Path, model: type[Model]) -> Model:
    """Read and check a TOML file; ConfigError names the file, the field or line, and the hint."""
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
        raise ConfigError(where, f"is not TOML: {error}", "fix that line") from None
    except RecursionError:
        raise ConfigError(where, "is nested too deeply", "use the layout of studies/demo/study.toml") from None
    return _validated(where, model, data)


def _validated(where: str, model: type[Model], data: object) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _explained(where, error, model) from None


def _explained(where: str, error: ValidationError, model: type[BaseModel]) -> ConfigError:
    """Turn pydantic's first finding into one line that names the field as TOML writes it."""
    errors = error.errors(include_url=False)
    # A misspelt key also leaves its right spelling missing: the misspelling is what helps.
    first = next((item for item in errors if item["type"] == "extra_forbidden"), errors[0])
    field = ""
    for part in first["loc"]:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else str(part)
    spot = f"{where}: {field}" if field else where
    if first["type"] == "extra_forbidden":
        return ConfigError(spot, "unknown key", nearest(str(first["loc"][-1]), _fields(model, first["loc"][:-1])))
    if first["type"] == "value_error":
        what, _, hint = str(first["ctx"]["error"]).partition(" — ")
        return ConfigError(spot, what, hint or "fix it")
    given = first["input"] if isinstance(first["input"], str | int | float | bool) else type(first["input"]).__name__
    hint = "add it" if first["type"] == "missing" else "fix the value"
    what = "is missing" if first["type"] == "missing" else f"is {str(given)[:80]!r}; {first['msg'].lower()}"
    return ConfigError(spot, what, hint)


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys known at `loc`, following nested models by their field names."""
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            model = _nested(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _nested(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside a field's annotation: itself, or the items of a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _nested(part))), None)
