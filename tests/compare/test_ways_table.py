"""The table of the GPU's ways shows what was recorded, and what was not."""

import json
import subprocess
import sys

import pytest

from dlbook.compare import gpu_ways
from dlbook.compare.recording import FORMAT
from dlbook.compare.ways import WAYS
from dlbook.compare.workloads import WORKLOADS


def entry(workload, size, way, median, **more):
    return {
        "workload": workload,
        "size": size,
        "way": way,
        "tolerance": 0.03,
        "difference": 0.0004,
        "median": median,
        "first_quartile": 0.9 * median,
        "third_quartile": 1.1 * median,
        "rounds": 15,
        "loops": 1,
    } | more


def failed(workload, size, way, reason):
    entry = {"workload": workload, "size": size, "way": way, "tolerance": 0.03}
    return entry | {"failed": reason}


def write(folder, date="2026-01-31", ways=(), name="Test GPU", device="cuda"):
    """Write a record with numbers that no machine measured."""
    record = {
        "format": FORMAT,
        "device": device,
        "gpu": {"name": name, "driver": "1.2.3", "cuda": "12.0"},
        "machine": {"versions": {"torch": "9.8.7"}},
        "date": date,
        "command": "python -m dlbook.compare",
        "results": [
            {"case": "neuron", "size": [1], "type": "float32", "unit": "pass"}
            | {"median": 1.0, "first_quartile": 1.0, "third_quartile": 1.0}
            | {"rounds": 2, "loops": 1}
        ],
        "parity": [{"case": "neuron"}],
        "ways": list(ways),
    }
    (folder / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture
def found(tmp_path):
    write(
        tmp_path,
        ways=[
            entry("product", [4096], "float32", 8e-3),
            entry("product", [4096], "tf32", 2e-3),
            failed("product", [4096], "compile", "OSError: no `cc` | a_b_ $x$ <b>"),
            failed("mlp", [784, 256, 10, 64], "float32", "ParityError: differs"),
            entry("mlp", [784, 256, 10, 64], "graph", 3e-5),
            entry("gpt", [1, 2, 3], "float32", 1.0),
        ],
    )
    return gpu_ways(tmp_path)


def test_without_a_record_no_way_is_measured(tmp_path):
    found = gpu_ways(tmp_path)
    assert len(found.lines) == len(WORKLOADS) * len(WAYS)
    assert {line[2:] for line in found.lines} == {("not measured", "", "", "")}
    assert found.caption == "GPU: none was at hand."
    for text in (repr(found), found._repr_markdown_()):
        assert text.count("not measured") == len(WORKLOADS) * len(WAYS)
        assert text.endswith(found.caption)
    assert found.speedup("gpt", "tf32") is None


def test_a_line_says_how_fast_and_how_near(found):
    line = found._repr_markdown_().splitlines()
    assert line[0] == (
        "| computed | way | median | quartiles | times as fast | difference |"
    )
    assert line[2].endswith("| 8.00 ms | 7.20 ms to 8.80 ms | 1 | 4e-04 (3e-02) |")
    assert line[3] == (
        "| Square product, 4096 | TF32 (tensor cores) | 2.00 ms | "
        "1.80 ms to 2.20 ms | 4 | 4e-04 (3e-02) |"
    )
    assert found.speedup("product", "tf32") == 4.0


def test_a_failure_is_shown_and_its_text_is_no_markup(found):
    text = found._repr_markdown_()
    reason = r"failed: `OSError: no 'cc' \| a_b_ $x$ <b>`"
    assert f"| torch.compile | {reason} |  |  |  |" in text
    assert "failed: OSError: no `cc` | a_b_ $x$ <b>" in repr(found)
    assert found.speedup("product", "compile") is None


def test_nothing_is_relative_to_a_way_that_failed(found):
    assert found.entry("mlp", "graph")["median"] == 3e-5
    assert found.speedup("mlp", "graph") is None
    assert "| 30.0 µs | 27.0 µs to 33.0 µs |  | 4e-04" in found._repr_markdown_()


def test_a_speedup_needs_both_times(found, tmp_path):
    assert found.speedup("product", "float32") == 1.0
    assert found.speedup("product", "bfloat16") is None
    write(tmp_path, ways=[entry("product", [4096], "tf32", 1.0)])
    assert gpu_ways(tmp_path).speedup("product", "tf32") is None


def test_printed_columns_line_up(tmp_path):
    write(
        tmp_path,
        ways=[
            failed("product", [4096], "float32", "OSError: " + "long" * 30),
            entry("product", [4096], "tf32", 3e-5),
        ],
    )
    found = gpu_ways(tmp_path)
    header, *lines = repr(found).splitlines()
    starts = [header.index(name) for name in found._header]
    for line, cells in zip(lines, found.lines, strict=False):
        for start, cell in zip(starts, cells, strict=True):
            assert line[start:].startswith(cell)
    assert len(header) < 150  # the reason widens no column


def test_another_size_is_not_measured(found):
    assert found.entry("gpt", "float32") is None
    assert found.lines[2 * len(WAYS)][2] == "not measured"


def test_the_caption_says_where_and_when(found):
    for told in ("Test GPU, driver 1.2.3, CUDA 12.0", "torch 9.8.7", "2026-01-31"):
        assert told in found.caption
    assert "quartiles of 15 rounds" in found.caption


def test_the_newest_record_of_a_gpu_that_has_ways_counts_alone(tmp_path):
    size = [4096]
    write(tmp_path, "2026-01-01", [entry("product", size, "tf32", 1.0)], "Old")
    write(tmp_path, "2026-02-01", [entry("product", size, "float32", 2.0)], "New")
    write(tmp_path, "2026-03-01", [], "Without")
    write(tmp_path, "2026-04-01", [entry("mlp", [1], "tf32", 3.0)], "CPU", "cpu")
    found = gpu_ways(tmp_path)
    assert found.record["gpu"]["name"] == "New"
    assert found.entry("product", "tf32") is None


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("products", "tf32"), "no workload 'products'; there are product, mlp, gpt"),
        (("product", "tf23"), "no way 'tf23'; there are float32, tf32, bfloat16"),
    ],
)
def test_unknown_names_are_refused(found, names, message):
    for ask in (found.entry, found.speedup):
        with pytest.raises(KeyError, match=message):
            ask(*names)


def test_a_broken_record_is_refused(tmp_path):
    write(tmp_path, ways=[entry("product", [4096], "tf32", -1.0)])
    with pytest.raises(ValueError, match=r"Test GPU\.json: tf32 took -1\.0 s"):
        gpu_ways(tmp_path)


def test_records_of_the_package_are_of_known_workloads():
    record = gpu_ways().record
    known = {w.name: len(w.size) for w in WORKLOADS}
    for found in record["ways"] if record else ():
        assert len(found["size"]) == known[found["workload"]]
        assert found["way"] in {way.name for way in WAYS}


def test_the_table_needs_no_torch():
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from dlbook.compare import gpu_ways\n"
        "print(len(gpu_ways().lines))"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.strip() == "21", answer.stderr
