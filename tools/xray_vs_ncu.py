"""The comparison that tools/xray_vs_ncu.sh makes; its head says what of."""

import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROBLEMS = {  # of each operator: rows that begin at sectors, rows that do not (with strides), and wide windows or 1×1
    "conv2d": ["--shape 1,8,64,64 --out-channels 16 --kernel-size 3 --padding 1",
               "--shape 2,6,37,45 --out-channels 4 --kernel-size 3,5 --stride 2,1 --dilation 1,2 --padding 2 "
               "--groups 2",
               "--shape 1,16,32,33 --out-channels 24 --kernel-size 1 --bias"],
    "depthwise_conv2d": ["--shape 1,3,512,512 --kernel-size 3 --padding 1",
                         "--shape 1,3,67,45 --out-channels 6 --kernel-size 3 --stride 2 --bias",
                         "--shape 2,4,40,126 --kernel-size 2,7 --dilation 2,1"],
    "separable_conv2d": ["--shape 1,16,32,32 --out-channels 64 --kernel-size 3 --padding 1",
                         "--shape 2,6,37,45 --out-channels 20 --kernel-size 3 --stride 2 --bias",
                         "--shape 1,8,24,30 --out-channels 16 --kernel-size 5 --padding 2 --dilation 2"],
    "conv_transpose2d": ["--shape 1,8,32,32 --out-channels 16 --kernel-size 4 --stride 2 --padding 1",
                         "--shape 2,4,13,21 --out-channels 6 --kernel-size 3,5 --groups 2 --bias",
                         "--shape 1,8,17,19 --out-channels 8 --kernel-size 3 --stride 3,2 --output-padding 1"],
    "conv_transpose3d": ["--shape 1,4,8,16,16 --out-channels 8 --kernel-size 4 --stride 2 --padding 1",
                         "--shape 1,4,5,7,9 --out-channels 6 --kernel-size 3 --groups 2 --bias",
                         "--shape 2,4,4,6,11 --out-channels 4 --kernel-size 3 --stride 1,2,3 --output-padding 0,1,1"],
    "conv3d": ["--shape 1,4,8,16,16 --out-channels 8 --kernel-size 3 --padding 1",
               "--shape 2,4,7,9,13 --out-channels 6 --kernel-size 3,2,3 --stride 1,2,1 --groups 2 --bias",
               "--shape 1,8,6,10,12 --out-channels 16 --kernel-size 1"],
}
# More of what only one kernel does, so that each has three.
PROBLEMS_OF_ONE = {
    "conv2d": [("winograd_f2x2", "--shape 1,4,30,31 --out-channels 9 --kernel-size 3 --bias"),
               ("winograd_f2x2", "--shape 2,6,17,20 --out-channels 8 --kernel-size 3 --padding 2 --groups 2"),
               ("pointwise", "--shape 2,8,16,16 --out-channels 32 --kernel-size 1"),
               ("pointwise", "--shape 1,12,19,21 --out-channels 7 --kernel-size 1 --bias")],
}
# What the X-ray calls a count: the GPU's counters that make it up. The first of each exists on every GPU since Volta.
# Asynchronous copies are the X-ray's loads and the GPU's own kind; atomics are in neither.
LSU, SASS = "l1tex__{}_pipe_lsu_mem_global_op_{}.sum", "sm__sass_l1tex_{}_pipe_lsu_mem_global_op_{}.sum"
CONFLICTS = "l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_{}.sum"
COPIES = ("ldgsts_cache_access", "ldgsts_cache_bypass")
COUNTERS = {
    "load_requests": [LSU.format("t_requests", "ld")] + [SASS.format("t_requests", copy) for copy in COPIES],
    "load_sectors": [LSU.format("t_sectors", "ld")] + [SASS.format("t_sectors", copy) for copy in COPIES],
    "store_requests": [LSU.format("t_requests", "st")],
    "store_sectors": [LSU.format("t_sectors", "st")],
    "shared_conflicts": [CONFLICTS.format(kind) for kind in ("ld", "st", "ldgsts")],
}
OPTIONAL = re.compile("ldgsts")
HELPERS = re.compile(r"fill_words_kernel|scan_output|_probe")  # the gpu device's own kernels
LARGE = 0.05
NOT_EXPLAINED = "not explained yet"
LAUNCHES = 24  # the first ones hold every step of a plan, between the device's own kernels


class NotThere(Exception):
    """Why nothing can be compared on this machine."""


# ---- what both sides say -------------------------------------------------------------------------------------

def plain_name(function):
    """conv2d_naive of "void convscope::conv2d::naive::conv2d_naive<3>(Sizes, const float *)"."""
    depth, kept = 0, ""
    for letter in function:
        depth += (letter in "<(") - (letter in ">)")
        if depth == 0 and letter not in ">)":
            kept += letter
    return kept.split("::")[-1].split()[-1] if kept.split() else ""


def launches_of(text):
    """The launches in ncu's words (--csv --page raw): heads, units, then a line each. [(function, counters)]"""
    rows = list(csv.reader(line for line in text.splitlines() if line.startswith('"')))
    launches = []
    for values in rows[2:]:
        row = dict(zip(rows[0], values))
        name = row.get("Kernel Name", "")
        if HELPERS.search(name):
            continue
        counters = {}
        for head, value in row.items():
            try:
                counters[head] = float(value.replace(",", "")) if "__" in head else 0
            except ValueError:  # "n/a" and the like: the counter is not there
                continue
        launches.append((plain_name(name), counters))
    return launches


def steps_of(document):
    """The steps of `convscope xray --json` in the order of launches: those that prepare weights come first."""
    steps = sorted(document["steps"], key=lambda step: not step["prepares_weights"])
    return [(step["label"], plain_name(step["function"]), step["totals"]) for step in steps]


def counted(counters, names):
    """The sum of the counters that are there; None where the first, which has to be, is not."""
    if names[0] not in counters:
        return None
    return sum(counters.get(name, 0) for name in names)


def difference(xray, gpu):
    """Relative to the GPU's count."""
    if xray == gpu:
        return 0.0
    return (xray - gpu) / gpu if gpu else float("inf")


def compare(document, launches):
    """[(step's label, {count: (X-ray's, GPU's)})]. Launches are taken in order, those of other kernels passed over."""
    compared, at = [], 0
    for label, function, totals in steps_of(document):
        while at < len(launches) and launches[at][0] != function:
            at += 1
        if at == len(launches):
            raise ValueError(f"ncu saw no launch of {function} ('{label}')")
        counters = launches[at][1]
        at += 1
        compared.append((label, {count: (totals[count], counted(counters, names))
                                 for count, names in COUNTERS.items()}))
    return compared


# ---- the report ----------------------------------------------------------------------------------------------

def cell(pair):
    xray, gpu = pair
    if gpu is None:
        return f"{xray} / –"
    if xray == gpu:
        return f"{xray}"
    off = difference(xray, gpu)
    percent = "∞" if off == float("inf") else f"{100 * off:+.1f} %"
    text = f"{xray} / {gpu:.0f} ({percent})"
    return f"**{text}**" if abs(off) > LARGE else text


def large_ones(results):
    """The key and the words of each difference that has to be explained."""
    for op, words, kernel, steps in results:
        for label, counts in steps:
            for count, pair in counts.items():
                if pair[1] is not None and abs(difference(*pair)) > LARGE:
                    yield f"`{op} {words}` {kernel}, {label}, {count}: {cell(pair).strip('*')}"


def explanations_in(text):
    """What an earlier report said of a difference: {its words without the numbers: explanation}."""
    found = {}
    for line in text.splitlines():
        if match := re.match(r"- (`.*`.*?): [^:]*?\): (.*)$", line):
            if match[2] != NOT_EXPLAINED:
                found[match[1]] = match[2]
    return found


def explained(line, known):
    return known.get(line.rsplit(": ", 1)[0], NOT_EXPLAINED)


def report(facts, results, left_out, known):
    lines = ["# The X-ray against the GPU's own counters", "",
             "Made by `tools/xray_vs_ncu.sh`. A cell is what the X-ray counts / what ncu counts; one number where they "
             "are equal. Differences are relative to ncu's count; those above 5 % are bold and listed below.", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    heads = [count.replace("_", " ") for count in COUNTERS]
    previous = None
    for op, words, kernel, steps in results:
        if (op, words) != previous:
            lines += ["", f"## `--op {op} {words}`", "", "| kernel | step | " + " | ".join(heads) + " |",
                      "|---|---|" + "---|" * len(heads)]
        previous = (op, words)
        lines += [f"| {kernel} | {label} | " + " | ".join(cell(pair) for pair in counts.values()) + " |"
                  for label, counts in steps]
    large = list(large_ones(results))
    lines += ["", "## Differences above 5 %", ""]
    lines += [f"- {line}: {explained(line, known)}" for line in large] or ["None."]
    if left_out:
        lines += ["", "## Left out", ""] + [f"- {line}" for line in left_out]
    return "\n".join(lines) + "\n", large


# ---- asking --------------------------------------------------------------------------------------------------

def said(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def require_machine(program):
    """The path of ncu. Throws NotThere."""
    ncu = shutil.which("ncu")
    if not ncu:
        raise NotThere("ncu (Nsight Compute) was not found; the X-ray is compared where it and a GPU are")
    if not program.exists():
        raise NotThere(f"{program} is not there; ./run.sh makes it")
    doctor = said([program, "doctor"])
    if match := re.search(r"^device gpu *missing: (.*)$", doctor.stdout, re.M):
        raise NotThere(f"there is no GPU to compare with: {match[1]}")
    return ncu


def known_counters(ncu):
    """The counters of COUNTERS that this GPU has; those that every GPU has are not asked for."""
    query = set(said([ncu, "--query-metrics"], timeout=120).stdout.split())
    wanted = [name for names in COUNTERS.values() for name in names]
    return [name for name in wanted if not OPTIONAL.search(name) or name.removesuffix(".sum") in query]


def kernels_of(program, op):
    listed = said([program, "list", "kernels", "--json"])
    return [row["name"] for row in json.loads(listed.stdout)["kernels"] if row["op"] == op and row["device"] == "sim"]


def problems_and_kernels(program, op):
    """(words, kernel) of all that is compared for an operator, problem by problem."""
    kernels = kernels_of(program, op)
    return ([(words, kernel) for words in PROBLEMS[op] for kernel in kernels] +
            [(words, kernel) for kernel, words in PROBLEMS_OF_ONE.get(op, [])])


def ask_xray(program, problem, kernel):
    answer = said([program, "xray", *problem, "--random", "1", "--kernel", kernel, "--json"], timeout=600)
    if answer.returncode == 3:
        raise NotThere(last_line(answer.stderr))
    if answer.returncode not in (0, 1):  # 1: it found faults
        raise ValueError(last_line(answer.stderr))
    return json.loads(answer.stdout)


def ask_ncu(ncu, counters, program, problem, kernel, log):
    answer = said([ncu, "--csv", "--page", "raw", "--print-units", "base", "--clock-control", "none", "--launch-count",
                   str(LAUNCHES), "--metrics", ",".join(counters), "--log-file", log, "--force-overwrite", program,
                   "run", *problem, "--random", "1", "--device", "gpu", "--kernel", kernel], timeout=600)
    text = log.read_text(errors="replace") if log.exists() else ""
    if "ERR_NVGPUCTRPERM" in text + answer.stdout + answer.stderr:
        raise NotThere("the driver does not permit reading the GPU's counters (ERR_NVGPUCTRPERM)")
    launches = launches_of(text)
    if not launches:
        raise ValueError(f"ncu counted nothing: {last_line(text or answer.stderr)}")
    return launches


def compare_all(ncu, program, folder, operators, deadline):
    counters = known_counters(ncu)
    results, left_out = [], []
    for op in operators:
        for words, kernel in problems_and_kernels(program, op):
            problem = ["--op", op, *words.split()]
            place = f"`{op} {words}` {kernel}"
            if time.monotonic() > deadline:
                left_out.append(f"{place}: no time was left")
                continue
            try:
                document = ask_xray(program, problem, kernel)
                launches = ask_ncu(ncu, counters, program, problem, kernel, folder / "ncu.csv")
                results.append((op, words, kernel, compare(document, launches)))
                print(f"{op} {words} {kernel}", flush=True)
            except (ValueError, KeyError, subprocess.TimeoutExpired) as reason:
                left_out.append(f"{place}: {reason}")
    return results, left_out


def machine_facts(root, ncu):
    smi = shutil.which("nvidia-smi")
    gpu = said([smi, "--format=csv,noheader", "--query-gpu=name,driver_version"]).stdout.strip() if smi else ""
    commit = said(["git", "-C", root, "rev-parse", "--short", "HEAD"])
    version = [line for line in said([ncu, "--version"]).stdout.splitlines() if line.startswith("Version")]
    return {"date": time.strftime("%Y-%m-%d", time.gmtime()), "GPU, driver": gpu or "–",
            "ncu": version[0] if version else "–", "commit": commit.stdout.strip() or "–"}


def compare_here(root, build, operators, seconds, out):
    """Compares and writes the report; the exit code."""
    program = build / "convscope"
    try:
        ncu = require_machine(program)
        results, left_out = compare_all(ncu, program, build, operators, time.monotonic() + seconds)
    except NotThere as reason:
        print(reason, file=sys.stderr)
        return 3
    if not results:
        print(f"nothing could be compared; the first reason: {left_out[0] if left_out else 'no kernels'}",
              file=sys.stderr)
        return 2
    known = explanations_in(out.read_text()) if out.exists() else {}
    text, large = report(machine_facts(root, ncu), results, left_out, known)
    out.write_text(text)
    open_ones = sum(explained(line, known) == NOT_EXPLAINED for line in large)
    print(f"{out}: {len(results)} kernels and problems, {len(large)} differences above 5 %, {open_ones} of them not "
          f"explained; {len(left_out)} left out")
    return 0


# ---- the self-test -------------------------------------------------------------------------------------------

def self_test(root):
    """The stored samples, whose numbers were made up for this, in ncu's format and in the X-ray's."""
    sample = root / "tools/xray_vs_ncu_sample"
    assert plain_name("void convscope::a::(anonymous namespace)::k<3, b<4>>(Sizes, const float *)") == "k"
    assert plain_name("conv2d_naive") == "conv2d_naive"
    launches = launches_of((sample / "ncu.csv").read_text())
    assert [name for name, _ in launches] == ["pack_weights", "depthwise_row_march", "depthwise_row_march"], launches
    steps = compare(json.loads((sample / "xray.json").read_text()), launches)
    assert [label for label, _ in steps] == ["sample: pack weights", "sample row_march"]
    pack, march = (counts for _, counts in steps)
    assert pack["load_requests"] == (32, 32) and pack["load_sectors"] == (128, 120), pack
    assert march["load_requests"] == (1000, 990 + 10) and march["load_sectors"] == (4400, 4000 + 40), march
    assert march["store_requests"] == (1234, 1234), march  # ncu writes "1,234"
    assert march["shared_conflicts"] == (7, None), march  # "n/a"
    assert difference(3, 0) == float("inf") and difference(0, 0) == 0
    results = [("depthwise_conv2d", "--shape 1,1,8,8 --kernel-size 3", "row_march", steps)]
    text, large = report({"GPU": "none: a sample"}, results, ["left: out"], {})
    words = "`depthwise_conv2d --shape 1,1,8,8 --kernel-size 3` row_march, "
    assert large == [words + "sample: pack weights, load_sectors: 128 / 120 (+6.7 %)",
                     words + "sample row_march, load_sectors: 4400 / 4040 (+8.9 %)"], large
    assert "**128 / 120 (+6.7 %)**" in text and text.count(NOT_EXPLAINED) == 2 and "- left: out" in text
    written = text.replace(f"(+6.7 %): {NOT_EXPLAINED}", "(+6.7 %): half a warp: shares")
    again, _ = report({}, results, [], explanations_in(written))
    assert "(+6.7 %): half a warp: shares" in again and again.count(NOT_EXPLAINED) == 1, again
    try:
        compare(json.loads((sample / "xray.json").read_text()), launches[:1])
    except ValueError as reason:
        assert "no launch of depthwise_row_march" in str(reason)
    else:
        raise AssertionError("a missing launch was not noticed")
    with tempfile.TemporaryDirectory() as folder:
        whole_run_test(sample, pathlib.Path(folder))
    print("xray_vs_ncu: the samples compare as they should")


STAND_INS = {  # programs that say what the real ones would
    "convscope": """case $1 in
        doctor) echo 'device gpu      a stand-in' ;;
        list) echo '{"kernels": [{"op": "depthwise_conv2d", "device": "sim", "name": "row_march"},
                                 {"op": "depthwise_conv2d", "device": "gpu", "name": "cudnn"}]}' ;;
        xray) [[ $* == *512,512* ]] || { echo 'row_march cannot do this' >&2; exit 2; }; cat SAMPLE/xray.json ;;
        esac""",
    "ncu": """case $1 in
        --query-metrics) echo l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_ldgsts ;;
        --version) echo 'Version 0.0' ;;
        *) [[ $* == *cache_access* ]] && exit 9  # a counter that the query did not name
           while [ "$1" != --log-file ]; do shift; done; cp SAMPLE/ncu.csv "$2" ;;
        esac"""}


def whole_run_test(sample, folder):
    for name, text in STAND_INS.items():
        (folder / name).write_text("#!/usr/bin/env bash\n" + text.replace("SAMPLE", str(sample)) + "\n")
        (folder / name).chmod(0o755)
    os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
    out = folder / "report.md"
    assert compare_here(folder, folder, ["depthwise_conv2d"], 60, out) == 0
    text = out.read_text()
    assert text.count("| row_march | sample row_march |") == 1 and text.count("cannot do this") == 2, text
    assert "- ncu: Version 0.0" in text and "cudnn" not in text
    (folder / "convscope").write_text("#!/usr/bin/env bash\necho 'device gpu      missing: a reason'\n")
    assert compare_here(folder, folder, ["depthwise_conv2d"], 60, out) == 3


def main():
    parser = argparse.ArgumentParser(prog="tools/xray_vs_ncu.sh")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--op", choices=PROBLEMS)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    words = parser.parse_args()
    if words.self_test:
        self_test(words.root)
        return 0
    return compare_here(words.root, words.build, [words.op] if words.op else list(PROBLEMS), words.seconds,
                        words.out or words.root / "docs/measurements/xray_against_ncu.md")


if __name__ == "__main__":
    sys.exit(main())
