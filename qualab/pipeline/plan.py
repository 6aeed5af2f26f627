"""What a build must make: pure planning from a study and what its clips are, to steps with keys and files."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from qualab.media.encode import KEY_S, check_format
from qualab.media.probe import ClipInfo
from qualab.media.rgb import known_matrix
from qualab.pipeline.display import CRFS, display_steps
from qualab.pipeline.geometry import DOWNSCALER, geometry, resize, segment, shaped
from qualab.pipeline.step import Step, make_step
from qualab.study.config import Src, Study
from qualab.study.hrc import ENCODE_FIRST, NO_UPSCALER, Hrc, Rendition
from qualab.study.workspace import DIAGNOSTICS, FRAMES


def plan(
    study: Study,
    src: Src,
    info: ClipInfo,
    *,
    identities: Mapping[str, Mapping[str, JsonValue]],
    tools: Mapping[str, str],
    crf: int = CRFS[0],
) -> list[Step]:
    """Return the steps for one SRC in an order in which every input comes before its user.

    `identities` holds, per upscaler id, everything that changes the pixels it makes; `crf` is the first that
    display files are coded with.

    Raises:
        InputError: the SRC does not fit the study, or an encoder does not take its pixel format.
    """
    return _Planner(study, src, info, identities, tools, crf).steps()


class _Planner:
    """The steps of one SRC; inputs that HRCs share are made once."""

    def __init__(
        self,
        study: Study,
        src: Src,
        info: ClipInfo,
        identities: Mapping[str, Mapping[str, JsonValue]],
        tools: Mapping[str, str],
        crf: int,
    ) -> None:
        self._crf = crf
        self._study, self._src, self._info = study, src, info
        self._identities, self._tools = identities, tools
        self._sizes = geometry(study, src, info)
        start, self._count = segment(src, info)
        self._cut = {"start": start, "count": self._count, "fps": str(info.fps)}
        self._steps: dict[str, Step] = {}

    def steps(self) -> list[Step]:
        reference = self._reference() if self._src.reference else None
        pvss = {hrc.id: self._pvs(hrc, self._study.rendition_of(hrc)) for hrc in self._study.hrcs}
        for pvs in pvss.values():
            if reference:
                self._scores(reference, pvs)
            self._diagnostics(pvs)
        self._scenes(reference or self._source(self._study.source_height))
        # What a player takes the clip itself for is what its PVSs are.
        matrix = known_matrix(self._info.matrix, self._info.height)
        display_steps(self._study, self._src, pvss, self._add_for, matrix=matrix, crf=self._crf)
        return list(self._steps.values())

    def _add(self, kind: str, origins: list[Any], arguments: Mapping[str, Any], **names: Any) -> Step:
        return self._add_for(kind, self._src, origins, arguments, **names)

    def _add_for(self, kind: str, src: Src, origins: list[Any], arguments: Mapping[str, Any], **names: Any) -> Step:
        step = make_step(kind, src, origins, arguments, self._tools, **names)
        return self._steps.setdefault(step.record, step)

    @property
    def _clip(self) -> tuple[str, str]:
        return self._src.sha256, f"clips/{self._src.file}"

    def _reference(self) -> Step:
        arguments = {**self._cut, **resize(self._info, self._sizes.display), "pix_fmt": self._info.pix_fmt}
        return self._add("reference", [self._clip], arguments, stem=f"sources/{self._src.id}.reference.{{key}}")

    def _source(self, height: int) -> Step:
        """Return the upscaler's or encoder's input at a height; at display height it is the reference itself."""
        stem = f"sources/{self._src.id}.source.{{key}}"
        if not self._src.reference:
            arguments = {**self._cut, **resize(self._info, self._sizes.source), "pix_fmt": self._info.pix_fmt}
            return self._add("source", [self._clip], arguments, stem=stem)
        if height == self._study.display_height:
            return self._reference()
        arguments = {**self._described(shaped(self._info, height)), "start": 0, "scaler": DOWNSCALER}
        return self._add("source", [self._reference()], arguments, stem=stem)

    def _pvs(self, hrc: Hrc, rendition: Rendition | None) -> Step:
        if rendition is None:
            return self._upscaled(hrc, self._source(self._study.source_height))
        check_format(rendition, self._info.pix_fmt, name=self._src.title)
        if hrc.order == ENCODE_FIRST:
            coded = self._rendition(rendition, self._source(rendition.height), rendition.id)
            return self._as_is(hrc, coded) if hrc.upscaler == NO_UPSCALER else self._upscaled(hrc, coded)
        enlarged = self._upscaled(hrc, self._source(self._study.source_height), between=True)
        return self._as_is(hrc, self._rendition(rendition, enlarged, hrc.id, hrc=hrc.id))

    def _rendition(self, rendition: Rendition, source: Step, name: str, *, hrc: str | None = None) -> Step:
        coding = {name: getattr(rendition, name) for name in ("codec", "bitrate_kbps", "crf", "two_pass")}
        coding |= {"preset": rendition.speed, "key_s": KEY_S}
        arguments = self._described(tuple(source.arguments["size"])) | {"coding": coding}
        return self._add(
            "rendition",
            [source],
            arguments,
            stem=f"renditions/{self._src.id}.{name}.{{key}}",
            work=f"rendition {rendition.codec} {rendition.speed}",
            hrc=hrc,
            labels={"rendition": dict(rendition), "asked": rendition.target, "codec": rendition.codec},
        )

    def _upscaled(self, hrc: Hrc, source: Step, *, between: bool = False) -> Step:
        """Return the lossless clip that an upscaler makes: the PVS, or what will be coded to become one."""
        identity = dict(self._identities[hrc.upscaler])
        arguments = self._described(self._sizes.display) | {"upscaler": identity}
        kind, folder, name = ("upscaled", "sources", f"up-{hrc.upscaler}") if between else ("pvs", "pvs", hrc.id)
        return self._add(
            kind,
            [source],
            arguments,
            stem=f"{folder}/{self._src.id}.{name}.{{key}}",
            work=f"pvs {'network' if 'architecture' in identity else 'classic'} {hrc.upscaler}",
            hrc=None if between else hrc.id,
            labels={"upscaler": hrc.upscaler} if between else self._labels(hrc),
        )

    def _as_is(self, hrc: Hrc, coded: Step) -> Step:
        """Return the PVS that is a coded file as it is decoded: a record that points at it, and no copy."""
        return self._add(
            "pvs",
            [coded],
            self._described(self._sizes.display),
            stem=f"pvs/{self._src.id}.{hrc.id}.{{key}}",
            file=coded.file,
            work="pointer",
            hrc=hrc.id,
            labels=self._labels(hrc),
        )

    def _labels(self, hrc: Hrc) -> dict[str, object]:
        rendition = self._study.rendition_of(hrc)
        coded = {"rendition": dict(rendition), "asked": rendition.target} if rendition else {}
        return {"upscaler": hrc.upscaler, "order": hrc.order, **coded}

    def _described(self, size: tuple[int, ...]) -> dict[str, object]:
        described = {"size": list(size), "count": self._count, "fps": str(self._info.fps)}
        return described | {"pix_fmt": self._info.pix_fmt}

    def _scores(self, reference: Step, pvs: Step) -> None:
        arguments = {"count": self._count, "size": pvs.arguments["size"], "metrics": list(self._study.scored_by)}
        work = f"scores {' '.join(self._study.scored_by)}"
        names = {"stem": f"{pvs.stem}.scores", "file": f"{pvs.stem}{FRAMES}", "work": work, "hrc": pvs.hrc}
        self._add("scores", [reference, pvs], arguments, **names)

    def _diagnostics(self, pvs: Step) -> None:
        arguments = {"count": self._count, "size": pvs.arguments["size"]}
        names = {"stem": f"{pvs.stem}.diagnostics", "file": f"{pvs.stem}{DIAGNOSTICS}", "hrc": pvs.hrc}
        self._add("diagnostics", [pvs], arguments, **names)

    def _scenes(self, clip: Step) -> None:
        arguments = {"count": self._count, "size": clip.arguments["size"]}
        self._add("scenes", [clip], arguments, stem=f"{clip.stem}.scenes", file=clip.file)
