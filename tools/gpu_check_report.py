"""Composes gpu_check.json and gpu_check.md from what the steps of gpu_check.sh left.

gpu_check_report.py RAW BUILD OUT: RAW holds the steps' output, BUILD the build folder, OUT gets the files.
"""

import csv
import json
import pathlib
import re
import statistics
import sys

from gpu_check_targets import target_lines
from kernel_resources import read_resources


def text_of(path):
    return path.read_text(errors="replace").strip() if path.exists() else ""


def json_of(path):
    try:
        return json.loads(text_of(path))
    except json.JSONDecodeError:
        return None


def read_steps(raw):
    steps = []
    for line in text_of(raw / "steps.tsv").splitlines():
        name, status, seconds, reason = (line.split("\t") + [""] * 4)[:4]
        steps.append({"name": name, "status": status, "seconds": int(seconds), "reason": reason.strip()})
    return steps


def number_or_none(word):
    try:
        return float(word)
    except ValueError:
        return None


def read_gpu(raw):
    """The first GPU, as nvidia-smi describes it, and its clocks while kernels were timed."""
    fields = ["name", "driver", "memory_mib", "max_sm_mhz", "max_memory_mhz", "idle_sm_mhz", "idle_memory_mhz",
              "power_limit_w", "temperature_c"]
    lines = text_of(raw / "gpu.csv").splitlines()
    if not lines:
        return None
    words = [word.strip() for word in lines[0].split(",")]
    gpu = {field: word if field in ("name", "driver") else number_or_none(word)
           for field, word in zip(fields, words)}
    busy = [number_or_none(line.split(",")[0]) for line in text_of(raw / "clocks.csv").splitlines()]
    busy = [clock for clock in busy if clock]
    if busy:
        gpu["timing_sm_mhz"] = {"lowest": min(busy), "median": statistics.median(busy), "highest": max(busy)}
    return gpu


def read_tally(raw, name):
    """Counts of a check or verify, and its failures in full."""
    document = json_of(raw / f"{name}.out")
    if document is None:
        return None
    failures = [row for row in document.get("results", []) if row.get("status") == "failed"]
    ratios = {}
    for row in document.get("results", []):
        if row.get("status") == "passed" and row.get("bound_ratio") is not None:
            key = f"{row['op']} {row['kernel']}"
            ratios[key] = max(ratios.get(key, 0), row["bound_ratio"])
    return {"passed": document.get("passed"), "failed": document.get("failed"),
            "skipped": document.get("skipped"), "largest_bound_ratio": ratios, "failures": failures[:50]}


def read_benches(raw):
    benches = []
    for path in sorted(raw.glob("bench_*.out"), key=lambda p: p.stat().st_mtime):
        document = json_of(path)
        if document:
            benches.append({"preset": path.stem.removeprefix("bench_"), **document})
    return benches


def read_ncu(raw):
    """Counters of each launch that ncu watched; the device's own kernels are left out."""
    launches = []
    for path in sorted(raw.glob("ncu_*.out")):
        lines = [line for line in text_of(path).splitlines() if line.startswith('"')]
        rows = list(csv.reader(lines))
        if len(rows) < 3:  # heads, units, launches
            continue
        heads, units = rows[0], rows[1]
        for values in rows[2:]:
            row = dict(zip(heads, values))
            kernel = row.get("Kernel Name", "")
            if re.search(r"scan_output|fill_words|_probe", kernel):
                continue
            counters = {head: {"value": number_or_none(value.replace(",", "")), "unit": unit}
                        for head, unit, value in zip(heads, units, values) if "__" in head}
            launches.append({"run": path.stem.removeprefix("ncu_"), "kernel": kernel.split("(")[0], "counters": counters})
    return launches


def read_sanitizers(raw):
    """For each tool, the kernels that ran below it and those that every problem refused."""
    found = {}
    for tool in ("memcheck", "racecheck", "synccheck"):
        ran, listed = set(), set()
        for path in raw.glob(f"{tool}_*.out"):
            document = json_of(path) or {}
            operator = document.get("problem", {}).get("op")
            for row in document.get("results", []):
                listed.add(f"{operator} {row['kernel']}")
                if row["status"] != "skipped":
                    ran.add(f"{operator} {row['kernel']}")
        if listed:
            found[tool] = {"ran": sorted(ran), "not_covered": sorted(listed - ran)}
    return found


def cell(value, digits=4):
    if value is None:
        return "–"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def head_lines(report):
    gpu = report["gpu"] or {}
    lines = ["# ConvScope on a GPU", "",
             f"- date: {report['date']}",
             f"- GPU: {gpu.get('name', 'none found')}, driver {gpu.get('driver', '–')}, CUDA toolkit {report['toolkit'] or '–'}",
             f"- commit: {report['commit'] or '–'}"]
    if "timing_sm_mhz" in gpu:
        clocks = gpu["timing_sm_mhz"]
        lines.append(f"- SM clock during the benches, host work included: {cell(clocks['median'])} MHz (median; {cell(clocks['lowest'])}–"
                     f"{cell(clocks['highest'])}), at most {cell(gpu['max_sm_mhz'])}; memory at most {cell(gpu['max_memory_mhz'])} MHz")
    if report["bench"] and report["bench"][0].get("devices"):
        device = report["bench"][0]["devices"][0]
        lines.append(f"- measured ceilings: {cell(device['bandwidth_gbs'])} GB/s, {cell(device['fp32_tflops'])} TFLOP/s fp32, "
                     f"{cell(device['tf32_tflops'])} TFLOP/s TF32")
    return lines


def correctness_lines(report):
    lines = ["", "## Correctness", "", "| what | passed | failed | skipped |", "|---|---|---|---|"]
    for name in ("check_cases", "verify"):
        tally = report[name]
        if tally:
            lines.append(f"| {name} | {tally['passed']} | {tally['failed']} | {tally['skipped']} |")
    if report["gl_share"]:
        share = report["gl_share"]
        lines += ["", f"Drawing into an OpenGL texture: {share['status']}"
                  + (f" ({share['reason']})" if share.get("reason") else "")
                  + (f", {cell(share['draw_us'], 3)} µs a draw on {share['renderer']}" if "draw_us" in share else "")]
    return lines


def bench_lines(report):
    lines = ["", "## Times", "",
             "| preset | kernel | median ms | p20–p80 | floors: memory, fp32, TF32 ms | GB/s | TFLOP/s | roofline | prepare ms | verified |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for bench in report["bench"]:
        for row in bench.get("results", []):
            if row.get("median_ms") is None:
                lines.append(f"| {bench['preset']} | {row['kernel']} | {row['status']} | {row.get('reason', '')} | | | | | | |")
                continue
            share = row.get("roofline_share")
            floors = ", ".join(cell(row.get(f"floor_{what}_ms"), 3) for what in ("memory", "fp32", "tf32"))
            lines.append(
                f"| {bench['preset']} | {row['kernel']} | {cell(row['median_ms'])} | {cell(row['p20_ms'], 3)}–{cell(row['p80_ms'], 3)} "
                f"| {floors} | {cell(row['gbs'], 3)} | {cell(row['tflops'], 3)} | {'–' if share is None else f'{100 * share:.0f} %'} "
                f"| {cell(row['prepare_ms'], 3)} | {row['verified']} |")
    return lines


def sanitizer_lines(report):
    lines = ["", "## compute-sanitizer", ""]
    for tool, found in report["sanitizers"].items():
        failed = [step["name"] for step in report["steps"]
                  if step["name"].startswith(tool + "_") and step["status"] == "failed"]
        lines.append(f"- {tool}: {len(found['ran'])} kernels ran, "
                     + (f"findings in {', '.join(failed)}" if failed else "nothing found")
                     + (f"; ran on no problem: {', '.join(found['not_covered'])}" if found["not_covered"] else ""))
    return lines if report["sanitizers"] else []


def ncu_lines(report):
    names = sorted({name for launch in report["ncu"] for name in launch["counters"]})
    if not names:
        return []
    lines = ["", "## Counters", "", "| run | kernel | " + " | ".join(f"`{name}`" for name in names) + " |",
             "|---" * (len(names) + 2) + "|"]
    for launch in report["ncu"]:
        cells = []
        for name in names:
            counter = launch["counters"].get(name, {})
            cells.append(f"{cell(counter.get('value'))} {counter.get('unit', '')}".strip())
        lines.append(f"| {launch['run']} | {launch['kernel']} | " + " | ".join(cells) + " |")
    return lines


def torch_lines(report):
    torch = report["torch"]
    if not torch:
        return []
    lines = ["", "## PyTorch", "", f"torch {torch['torch']}, CUDA {torch['cuda']}, cuDNN {torch['cudnn']}, eager, cold L2", "",
             "| preset | TF32 allowed | cuDNN benchmark | median ms |", "|---|---|---|---|"]
    for row in torch["results"]:
        lines.append(f"| {row['preset']} | {'yes' if row['allow_tf32'] else 'no'} | {'yes' if row['benchmark'] else 'no'} "
                     f"| {cell(row['median_ms'])} |")
    return lines + [f"\n{row['preset']} failed: {row['reason']}" for row in torch["failures"]]


def step_lines(report):
    lines = ["", "## Steps", "", "| step | status | seconds | reason |", "|---|---|---|---|"]
    for step in report["steps"]:
        lines.append(f"| {step['name']} | {step['status']} | {step['seconds']} | {step['reason'].replace('|', '/')} |")
    return lines


def main():
    raw, build, out = (pathlib.Path(word) for word in sys.argv[1:4])
    report = {"date": text_of(raw / "date.txt"), "commit": text_of(raw / "commit.txt"), "gpu": read_gpu(raw),
              "toolkit": text_of(raw / "toolkit.txt"), "tools": text_of(raw / "tools.txt").splitlines(),
              "steps": read_steps(raw), "check_cases": read_tally(raw, "check_cases"),
              "verify": read_tally(raw, "verify"), "gl_share": json_of(raw / "gl_share.out"),
              "bench": read_benches(raw), "kernel_resources": read_resources(build),
              "sanitizers": read_sanitizers(raw), "ncu": read_ncu(raw), "torch": json_of(raw / "torch.out")}
    (out / "gpu_check.json").write_text(json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    lines = (head_lines(report) + target_lines(report) + correctness_lines(report) + sanitizer_lines(report)
             + bench_lines(report) + torch_lines(report) + ncu_lines(report) + step_lines(report))
    (out / "gpu_check.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
