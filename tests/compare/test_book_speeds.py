"""The book's speed table: every case, from the newest record, or "not measured"."""

import json

import numpy as np
import pytest

from dlbook.compare import all_cases, book_speeds
from dlbook.compare import book_speeds as exported
from dlbook.compare.__main__ import main
from dlbook.compare.book_speeds import BENCHES, read_bench, recorded_bench
from dlbook.compare.recording import Recorded
from dlbook.compare.timing import Timing


def bench(date="2026-01-31", **changes):
    held = {
        "date": date,
        "machine": {"cpu": "a processor", "versions": {"numpy": "2", "torch": "3"}},
        "threads": 1,
        "clock": "process",
        "rounds": 15,
        "peak": {"flops": 99.6e9, "bandwidth": 25e9},
        "rows": [
            {
                "case": "linear",
                "size": [2048, 512, 512],
                "ours": 0.002,
                "torch": 0.004,
                "ratio": 0.503,
                "over_limit": 1.26,
            },
            {
                "case": "neuron",
                "size": [1, 1],
                "ours": 1.0,
                "torch": 1.0,
                "ratio": 1.0,
                "over_limit": None,
            },
        ],
    }
    return held | changes


def write(folder, name, held):
    (folder / name).write_text(json.dumps(held), encoding="utf-8")


def test_every_case_of_the_book_has_a_line(tmp_path):
    found = book_speeds(tmp_path)
    assert [speed.case.name for speed in found.speeds] == list(all_cases())
    assert found.bench is None
    assert all(speed.cells[2:7] == ("not measured",) * 5 for speed in found.speeds)
    assert "no benchmark is recorded" in found.caption
    assert "not in it" not in found.caption


def test_what_was_recorded(tmp_path):
    old = [dict(bench()["rows"][0], ours=0.1)]
    write(tmp_path, "old.json", bench("2025-12-31", rows=old))
    write(tmp_path, "new.json", bench())
    found = book_speeds(tmp_path)
    lines = {speed.case.name: speed.cells for speed in found.speeds}
    assert lines["linear"][:6] == (
        *("Linear", "2048 × 512 × 512", "2.00 ms", "4.00 ms", "0.50", "1.3"),
    )
    assert lines["mlp-step"][1] == "784 × 256 × 10 × 64; a step"
    assert lines["neuron"][2] == "not measured"  # it was another size
    assert lines["linear"][6] == "not measured"
    assert "a processor, 1 thread, process time, numpy 2, torch 3" in found.caption
    assert "2 threads:" not in found.caption
    assert "2026-01-31; medians of 15 rounds" in found.caption
    assert "100 GFLOP/s, copy 25.0 GB/s" in found.caption
    assert f"{len(lines) - 1} of {len(lines)} cases are not in it" in found.caption
    assert "2.00 ms" in repr(found)
    shown = found._repr_markdown_()
    assert "neurons: 9 cases" in shown
    assert (
        "| 2048 × 512 × 512 | 2.00 ms |".replace(" × ", "\xa0×\xa0").replace(
            "0 ms", "0\xa0ms"
        )
        in shown
    )


def test_two_threads_of_the_same_processor(tmp_path):
    write(tmp_path, "one.json", bench())
    elsewhere = {"cpu": "another", "versions": {}}
    rows = [dict(bench()["rows"][0], ratio=0.9)]
    write(tmp_path, "a.json", bench("2026-03-01", threads=2, machine=elsewhere))
    more = bench("2026-02-01", threads=2, clock="wall", rows=rows)
    write(tmp_path, "b.json", more)
    found = book_speeds(tmp_path)
    lines = {speed.case.name: speed.cells for speed in found.speeds}
    assert lines["linear"][4:7] == ("0.50", "1.3", "0.90")
    assert "2 threads: wall time, those of the side that rests asleep, 2026-02-01." in (
        found.caption
    )


def test_the_kernels_that_were_chosen_are_told(tmp_path):
    chosen = {"OPENBLAS_CORETYPE": "Zen"}
    write(tmp_path, "one.json", bench(environment=chosen))
    assert "torch 3, OpenBLAS with the kernels for Zen, 2026" in (
        book_speeds(tmp_path).caption
    )


def test_no_limit_leaves_the_cell_empty(tmp_path):
    rows = bench()["rows"]
    rows[0]["over_limit"] = None
    write(tmp_path, "new.json", bench(rows=rows))
    lines = {speed.case.name: speed.cells for speed in book_speeds(tmp_path).speeds}
    assert lines["linear"][5] == ""


def test_without_a_record_no_gpu_was_at_hand(tmp_path, monkeypatch):
    import sys

    module = sys.modules["dlbook.compare.book_speeds"]
    monkeypatch.setattr(module, "recorded_on_gpu", lambda name, size: None)
    assert exported(tmp_path).caption.endswith("GPU: none was at hand.")


def test_gpu_of_the_records(tmp_path, monkeypatch):
    import sys

    module = sys.modules["dlbook.compare.book_speeds"]
    timing = Timing(3e-5, 2e-5, 4e-5, 15, 1)
    monkeypatch.setattr(
        module,
        "recorded_on_gpu",
        lambda name, size: (
            Recorded(timing, "a GPU", "2026-02-01", {}) if name == "linear" else None
        ),
    )
    found = exported(tmp_path)
    lines = {speed.case.name: speed.cells[-1] for speed in found.speeds}
    assert lines["linear"] == "30.0 µs"
    assert lines["neuron"] == "not measured"
    assert "GPU: a GPU, 2026-02-01." in found.caption


@pytest.mark.parametrize(
    "change",
    [{"date": "soon"}, {"rows": []}, {"rows": [{"case": "x"}]}, {"peak": None}],
)
def test_incomplete_records_are_refused(tmp_path, change):
    write(tmp_path, "a.json", bench(**change))
    with pytest.raises(ValueError, match=r"a\.json is no recorded benchmark"):
        read_bench(tmp_path / "a.json")


def test_what_lacks_a_field_is_refused(tmp_path):
    held = bench()
    del held["machine"]
    write(tmp_path, "a.json", held)
    with pytest.raises(ValueError, match="machine"):
        recorded_bench(tmp_path)


def test_records_of_the_package_can_be_read():
    for path in BENCHES.glob("*.json"):
        for row in read_bench(path)["rows"]:
            assert np.isfinite([row["ours"], row["torch"], row["ratio"]]).all()


def test_all_cases_or_some_but_not_both(capsys):
    with pytest.raises(SystemExit):
        main(["bench", "--all", "--rows", "linear"])
    assert "not allowed with" in capsys.readouterr().err


def test_bench_of_all_cases_writes_what_is_read(tmp_path, monkeypatch):
    from dlbook.compare import __main__ as command

    def written(cases, *, num_threads, rounds):
        assert [case.name for case in cases] == list(all_cases())
        return bench(rows=[dict(bench()["rows"][0], title="Linear", holds=True)])

    monkeypatch.setattr(command.benchmark, "in_prepared_process", lambda: True)
    monkeypatch.setattr(command.benchmark, "bench", written)
    path = tmp_path / "machine.json"
    assert main(["bench", "--all", "--threads", "1", "--json", str(path)]) == 0
    assert read_bench(path)["date"] == "2026-01-31"
