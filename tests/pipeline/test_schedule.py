import pytest

from qualab.pipeline.schedule import longest_ways, threads_by_step
from qualab.pipeline.step import Step


def _step(name, cost, *reads, kind="scores"):
    return Step(kind, "s", name, f"{name}.mkv", f"{name}.json", (), tuple(f"{r}.mkv" for r in reads), {}, cost, kind)


CHAIN = [
    _step("cut", 1.0, kind="source"),
    _step("small", 2.0, "cut"),
    _step("big", 9.0, "cut"),
    _step("end", 3.0, "big"),
]


def test_a_steps_way_is_its_cost_and_that_of_the_dearest_chain_behind_it():
    assert longest_ways(CHAIN) == {"cut.json": 13.0, "small.json": 2.0, "big.json": 12.0, "end.json": 3.0}


def test_what_only_points_at_a_file_is_no_maker_of_it():
    pointer = Step("pvs", "s", "p", "big.mkv", "p.json", (), ("big.mkv",), {}, 0.0, "pointer")
    ways = longest_ways([*CHAIN, pointer])
    assert ways["p.json"] == 0.0
    assert ways["big.json"] == 12.0


def test_a_step_that_runs_alone_gets_all_cores_and_one_beside_others_its_share():
    threads = threads_by_step(CHAIN, cores=2)
    # `small` runs beside `big`; `big` has 7 of its 9 to itself, which is more than one core on average but not two.
    assert threads == {"cut.json": 1, "small.json": 1, "big.json": 1, "end.json": 2}
    assert threads_by_step(CHAIN, cores=8)["end.json"] == 8


def test_many_steps_share_the_cores_one_thread_each():
    steps = [_step(f"n{number}", 1.0) for number in range(6)]
    assert set(threads_by_step(steps, cores=2).values()) == {1}
    assert set(threads_by_step(steps[:2], cores=4).values()) == {2}


def test_upscaling_and_coding_stay_on_one_thread_whatever_is_idle():
    assert threads_by_step([_step("only", 1.0, kind="pvs")], cores=8) == {"only.json": 1}


@pytest.mark.parametrize("cores", [1, 2, 16])
def test_ten_thousand_steps_are_ordered_at_once(cores):
    steps = [_step(f"{n}", 1.0 + n % 7, *([f"{n - 3}"] if n >= 3 else [])) for n in range(10_000)]
    assert len(threads_by_step(steps, cores=cores)) == 10_000
