#!/usr/bin/env python3
"""Tables what the compiler made of each kernel: registers, shared memory, spills, occupancy, instructions.

After the gpu module is built (ninja -C build convscope_kernels_gpu) this reads what ptxas said of each kernel
entry (kernels/devices/gpu/keep_machine_code.sh keeps it) and, where cuobjdump is found, each kernel's
largest block and the counts of its wide loads and stores, asynchronous copies and tensor-core products from
the module's machine code; and writes docs/measurements/kernel_resources.md. For the X-ray on machines without
nvcc it also writes what ptxas said, for all architectures, to assets/kernel_resources.json.
  --check: writes nothing; exit code 1 where a tuned kernel spills, 2 where there is nothing to read.
"""

import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TUNED = re.compile(r"row_march|register_tile|implicit_gemm|fused|winograd|pointwise")
STACK = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
INSTRUCTIONS = ("LDG.E.128", "STG.E.128", "LDGSTS", "HMMA")
# Of an H200, compute capability 9.0; CUDA C++ Programming Guide, table of technical specifications.
REGISTERS, REGISTER_UNIT, WARP_UNIT = 65536, 256, 4
SHARED, SHARED_UNIT, SHARED_OF_SYSTEM = 228 * 1024, 128, 1024
MOST_WARPS, MOST_BLOCKS = 64, 32


def plain_names(symbols):
    """Demangled, without the parameters: {symbol: name}."""
    tool = shutil.which("c++filt")
    if not tool or not symbols:
        return {symbol: symbol for symbol in symbols}
    said = subprocess.run([tool], input="\n".join(symbols), capture_output=True, text=True, check=True).stdout
    return {symbol: without_parameters(name) for symbol, name in zip(symbols, said.splitlines())}


def without_parameters(name):
    name = name.replace("(anonymous namespace)::", "").removeprefix("void ").replace("convscope::", "")
    depth = 0
    for at, letter in enumerate(name):
        depth += (letter == "<") - (letter == ">")
        if letter == "(" and depth == 0:
            return name[:at]
    return name


def source_of(report):
    """Below kernels/: conv2d/naive.cu of conv2d.naive.ptxas.txt."""
    folder, name = report.name.split(".")[:2]
    return {"kernels": "", "gpu": "devices/gpu/"}.get(folder, folder + "/") + name + ".cu"


def read_resources(build):
    """Registers, shared memory and spills of each kernel entry and architecture, from what ptxas said."""
    resources = []
    for path in sorted((build / "modules/gpu_code").glob("*.ptxas.txt")):
        source = source_of(path)
        if not (ROOT / "kernels" / source).exists():
            continue  # it is gone since
        entry = None
        for line in path.read_text(errors="replace").splitlines():
            if found := re.search(r"Compiling entry function '(\S+)' for '(\S+)'", line):
                entry = {"symbol": found[1], "architecture": found[2], "source": source}
                resources.append(entry)
            elif entry is not None and (found := STACK.search(line)):
                # Of functions that were not inlined as well.
                entry["stack_bytes"] = entry.get("stack_bytes", 0) + int(found[1])
                entry["spill_store_bytes"] = entry.get("spill_store_bytes", 0) + int(found[2])
                entry["spill_load_bytes"] = entry.get("spill_load_bytes", 0) + int(found[3])
            elif entry is not None and (found := re.search(r"Used (\d+) registers", line)):
                entry["registers"] = int(found[1])
                shared = re.search(r"(\d+) bytes smem", line)
                entry["static_shared_bytes"] = int(shared[1]) if shared else 0
    names = plain_names(sorted({entry["symbol"] for entry in resources}))
    for entry in resources:
        entry["kernel"] = names[entry["symbol"]]
        entry["spilled_bytes"] = entry.get("spill_store_bytes", 0) + entry.get("spill_load_bytes", 0)
    return resources


def round_up(value, unit):
    return -(-value // unit) * unit


def occupancy(registers, shared_bytes, threads):
    """Blocks a multiprocessor of an H200, and their share of the warps it can hold."""
    warps = -(-threads // 32)
    register_warps = REGISTERS // WARP_UNIT // round_up(32 * max(registers, 1), REGISTER_UNIT) * WARP_UNIT
    blocks = min(MOST_BLOCKS, MOST_WARPS // warps, register_warps // round_up(warps, WARP_UNIT),
                 SHARED // round_up(shared_bytes + SHARED_OF_SYSTEM, SHARED_UNIT))
    return blocks, blocks * warps / MOST_WARPS


def find_cuobjdump(build):
    places = [pathlib.Path("/usr/local/cuda/bin")]
    places += build.glob("torch-venv/lib/python*/site-packages/triton/backends/nvidia/bin")
    return shutil.which("cuobjdump") or next((str(p / "cuobjdump") for p in places if (p / "cuobjdump").exists()), None)


def dump(tool, what, module):
    return subprocess.run([tool, what, str(module)], capture_output=True, text=True, check=True).stdout.splitlines()


def instruction_counts(tool, module):
    """{(symbol, architecture): Counter of INSTRUCTIONS}"""
    counts, key, architecture = {}, None, ""
    for line in dump(tool, "-sass", module):
        if found := re.match(r"arch = (\S+)", line):
            architecture = found[1]
        elif found := re.match(r"\s*Function : (\S+)", line):
            key = (found[1], architecture)
            counts[key] = collections.Counter()
        elif key and (found := re.match(r"\s*/\*[0-9a-f]+\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)", line)):
            for name in INSTRUCTIONS:
                counts[key][name] += found[1] == name or found[1].startswith(name + ".")
    return counts


def largest_blocks(tool, module):
    """{(symbol, architecture): threads} of the kernels that state __launch_bounds__."""
    threads, architecture, symbol, wanted = {}, "", None, False
    for line in dump(tool, "-elf", module):
        if found := re.match(r"arch = (\S+)", line):
            architecture = found[1]
        elif found := re.match(r"\.nv\.info\.(\S+)", line):
            symbol = found[1]
        elif "EIATTR_MAX_THREADS" in line:
            wanted = True
        elif wanted and (found := re.search(r"Value:\s+(0x[0-9a-f]+) (0x[0-9a-f]+) (0x[0-9a-f]+)", line)):
            x, y, z = (int(word, 16) for word in found.groups())
            threads[symbol, architecture], wanted = x * y * z, False
    return threads


def occupancy_cells(entry, threads):
    """Threads, blocks and occupancy; for a kernel of unknown block, of 256 threads."""
    blocks, share = occupancy(entry["registers"], entry["static_shared_bytes"], threads or 256)
    return f"{threads or '256?'} | {blocks} | {100 * share:.0f} %"


def table_lines(resources, threads, counts, architecture):
    heads = ["kernel", "registers", "static shared B", "spill stores B", "spill loads B", "threads", "blocks/SM",
             "occupancy"] + [f"`{name}`" for name in INSTRUCTIONS if counts]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for entry in sorted(resources, key=lambda e: e["kernel"]):
        if entry["architecture"] != architecture or "registers" not in entry:
            continue
        key = entry["symbol"], architecture
        cells = [f"`{entry['kernel']}`", entry["registers"], entry["static_shared_bytes"],
                 entry.get("spill_store_bytes", 0), entry.get("spill_load_bytes", 0),
                 occupancy_cells(entry, threads.get(key))]
        if counts:
            cells += [counts.get(key, {}).get(name, "–") for name in INSTRUCTIONS]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return lines


def document(resources, architecture, toolkit, tool, module):
    threads, counts = {}, {}
    if tool and module.exists():
        threads, counts = largest_blocks(tool, module), instruction_counts(tool, module)
    lines = ["# What the compiler made of the kernels", "",
             "Made by `tools/kernel_resources.py` from what ptxas said and from the module's machine code; nothing "
             "here was run.", "",
             f"- CUDA toolkit {toolkit}, {architecture}",
             "- threads: the largest block that the kernel states (`__launch_bounds__`); `256?` where it states none",
             "- occupancy: expected on an H200 (64 K registers, 228 KiB of shared memory, 64 warps and 32 blocks a "
             "multiprocessor), before dynamic shared memory, which some kernels ask for at launch"]
    if not counts:
        lines.append("- instructions: not counted, cuobjdump was not found")
    return lines + [""] + table_lines(resources, threads, counts, architecture)


def toolkit_version():
    nvcc = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    try:
        said = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "–"
    found = re.search(r"release ([\d.]+)", said)
    return found[1] if found else "–"


def table_for_the_xray(resources, toolkit):
    """What kernels/xray/kernel_resources.cpp reads: a kernel and architecture a line."""
    rows = [{"symbol": entry["symbol"], "capability": int(re.search(r"\d+", entry["architecture"])[0]),
             "registers": entry["registers"], "shared_bytes": entry["static_shared_bytes"],
             "stack_bytes": entry.get("stack_bytes", 0), "spill_bytes": entry["spilled_bytes"]}
            for entry in resources if "registers" in entry and not entry["source"].startswith("devices/")]
    rows.sort(key=lambda row: (row["symbol"], row["capability"]))
    return (f'{{"compiler": "nvcc {toolkit}",\n "made_by": "tools/kernel_resources.py",\n "kernels": [\n  '
            + ",\n  ".join(json.dumps(row) for row in rows) + "\n]}\n")


def check(resources):
    spilling = [entry for entry in resources if TUNED.search(entry["kernel"]) and entry["spilled_bytes"] > 0]
    for entry in spilling:
        print(f"{entry['kernel']} ({entry['architecture']}) spills: {entry['spill_store_bytes']} bytes of stores, "
              f"{entry['spill_load_bytes']} of loads, with {entry.get('registers', '?')} registers")
    tuned = sum(1 for entry in resources if TUNED.search(entry["kernel"]))
    print(f"{len(spilling)} of {tuned} tuned kernel entries spill")
    return 1 if spilling else 0 if tuned else 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="the build folder (build)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/measurements/kernel_resources.md")
    parser.add_argument("--table", type=pathlib.Path, default=ROOT / "assets/kernel_resources.json")
    parser.add_argument("--architecture", default="sm_90", help="whose table is written (sm_90)")
    parser.add_argument("--check", action="store_true", help="only say whether a tuned kernel spills")
    arguments = parser.parse_args()
    resources = read_resources(arguments.build)
    if not any(entry["architecture"] == arguments.architecture for entry in resources):
        print(f"{arguments.build} holds no report of ptxas for {arguments.architecture}: build convscope_kernels_gpu "
              "there first", file=sys.stderr)
        return 2
    if arguments.check:
        return check(resources)
    lines = document(resources, arguments.architecture, toolkit_version(), find_cuobjdump(arguments.build),
                     arguments.build / "modules/gpu.so")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text("\n".join(lines) + "\n")
    arguments.table.write_text(table_for_the_xray(resources, toolkit_version()))
    print(f"wrote {arguments.out} and {arguments.table}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
