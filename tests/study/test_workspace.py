import io
import multiprocessing
import os
import resource
import signal

import pytest

from qualab.errors import InputError, StorageError
from qualab.pipeline.demo import DEMO
from qualab.study.files import replacing, replacing_folder, sha256_of, store_clip, write_json, write_text
from qualab.study.terms import CLASSIC_UPSCALERS
from qualab.study.workspace import Workspace
from qualab.upscalers.catalogue import UPSCALERS
from qualab.upscalers.inventory import upscaler_ids


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "/etc", "C:\\x", "\\\\host\\x", "a/b", "CON", "con", "é", "a" * 65, "A", "-a", "a\0"],
)
def test_names_that_could_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="is not a study id"):
        Workspace(tmp_path).folder(name)


def test_a_missing_study_is_told_with_the_nearest_name(tmp_path):
    Workspace(tmp_path).create(DEMO)
    with pytest.raises(InputError, match="did you mean 'demo'"):
        Workspace(tmp_path).folder("deno")


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path):
    write_text(tmp_path / "a.txt", "old")

    def fail():
        with replacing(tmp_path / "a.txt") as part:
            part.write_text("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_is_a_storage_error_and_loses_nothing(tmp_path):
    write_json(tmp_path / "a.json", [1])
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(StorageError) as caught:
            write_json(tmp_path / "a.json", list(range(1000)))
        with pytest.raises(StorageError):
            store_clip(io.BytesIO(b"x" * 1000), tmp_path / "clips", ".mp4")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert caught.value.exit_code == 5
    assert (tmp_path / "a.json").read_text() == "[\n  1\n]\n"
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "in" / "folder"

    def fill(error, is_there=False):
        with replacing_folder(target) as part:
            (part / "a.txt").write_text("new")
            assert (target / "a.txt").exists() == is_there
            if error:
                raise error

    with pytest.raises(ZeroDivisionError):
        fill(ZeroDivisionError())
    assert list(target.parent.iterdir()) == []
    fill(None)
    with pytest.raises(StorageError, match="cannot be written"):
        fill(None, is_there=True)
    assert list(target.parent.iterdir()) == [target]
    assert (target / "a.txt").read_text() == "new"


def test_what_killed_writers_left_of_a_folder_is_removed_and_what_others_write_is_not(tmp_path):
    parent = os.getppid()
    for name in (".f.999999999.part", f".f.{os.getpid()}.part", f".f.{parent}.part", ".g.999999999.part"):
        (tmp_path / name).mkdir()
    with replacing_folder(tmp_path / "f"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".f.{parent}.part", ".g.999999999.part", "f"]


def test_a_clip_is_stored_once_under_its_hash(tmp_path):
    first = store_clip(io.BytesIO(b"clip"), tmp_path, ".mp4")
    assert store_clip(io.BytesIO(b"clip"), tmp_path, ".mp4") == first
    assert first.name == f"{sha256_of(first)}.mp4"
    assert len(list(tmp_path.iterdir())) == 1


def _hold(folder, ready, done):
    with folder.lock("build"):
        ready.set()
        done.wait(30)


def test_a_second_build_is_told_who_holds_the_study_until_that_one_is_killed(tmp_path):
    folder = Workspace(tmp_path).create(DEMO)
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(folder, ready, done))
    holder.start()
    assert ready.wait(60)
    with (
        pytest.raises(InputError, match=f"another build is under way \\(process {holder.pid}\\)"),
        folder.lock("build"),
    ):
        pass
    with folder.lock("edit"):
        pass
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    with folder.lock("build"):
        pass


def test_the_classic_upscalers_have_one_list():
    assert tuple(UPSCALERS) == CLASSIC_UPSCALERS
    assert {"lite-x2", "espcn-x2"} <= set(upscaler_ids())
