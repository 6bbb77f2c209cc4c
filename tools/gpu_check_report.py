"""Composes gpu_check.json and gpu_check.md from what the steps of gpu_check.sh left.

gpu_check_report.py RAW BUILD OUT: RAW holds the steps' output, BUILD the build folder, OUT gets the files.
"""

import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys


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


def plain_name(symbol):
    tool = shutil.which("c++filt")
    if not tool:
        return symbol
    return subprocess.run([tool, symbol], capture_output=True, text=True, check=False).stdout.strip() or symbol


def read_resources(build):
    """Registers and spills of each kernel, from what ptxas said."""
    resources = []
    for path in sorted((build / "kernels/devices/gpu/resource_usage").glob("*.txt")):
        entry = None
        for line in text_of(path).splitlines():
            if found := re.search(r"Compiling entry function '(\S+)' for '(\S+)'", line):
                entry = {"kernel": plain_name(found[1]).split("(")[0], "architecture": found[2]}
                resources.append(entry)
            elif entry is not None and (found := re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", line)):
                entry["spilled_bytes"] = int(found[1]) + int(found[2])
            elif entry is not None and (found := re.search(r"Used (\d+) registers", line)):
                entry["registers"] = int(found[1])
                shared = re.search(r"(\d+) bytes smem", line)
                entry["static_shared_bytes"] = int(shared[1]) if shared else 0
    return resources


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
             "| preset | kernel | median ms | p20–p80 | GB/s | TFLOP/s | roofline | prepare ms | verified |",
             "|---|---|---|---|---|---|---|---|---|"]
    for bench in report["bench"]:
        for row in bench.get("results", []):
            if row.get("median_ms") is None:
                lines.append(f"| {bench['preset']} | {row['kernel']} | {row['status']} | {row.get('reason', '')} | | | | | |")
                continue
            share = row.get("roofline_share")
            lines.append(
                f"| {bench['preset']} | {row['kernel']} | {cell(row['median_ms'])} | {cell(row['p20_ms'], 3)}–{cell(row['p80_ms'], 3)} "
                f"| {cell(row['gbs'], 3)} | {cell(row['tflops'], 3)} | {'–' if share is None else f'{100 * share:.0f} %'} "
                f"| {cell(row['prepare_ms'], 3)} | {row['verified']} |")
    return lines


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
              "bench": read_benches(raw), "kernel_resources": read_resources(build)}
    (out / "gpu_check.json").write_text(json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    lines = head_lines(report) + correctness_lines(report) + bench_lines(report) + step_lines(report)
    (out / "gpu_check.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
