#!/usr/bin/env python3
"""Times PyTorch's CPU convolution against ConvScope's cpu kernels, sample by sample in turn, in one run.

Every preset for a CPU (its name ends in -v0 or -b1) is given the same random numbers as input and weights,
contiguous N C H W in and out, so that each side's conversions to the layouts it likes are part of its time.
One process holds torch; one `convscope bench --serve` a kernel waits for its turn; each round times every
contender once, in rotating order, after a pause in which the threads of the one before fall asleep. Ratios
are of medians.

Where torch does not import, a virtual environment with it is made under the build folder, once.
Exit code: 0 within the limits, 1 beyond one of them (or a kernel gave no time), 2 it could not be measured.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="the build folder (build)")
    parser.add_argument("--preset", action="append", help="only this one; may be repeated")
    parser.add_argument("--threads", type=int, default=2, help="of each contender (2)")
    parser.add_argument("--rounds", type=int, default=21, help="samples of each contender, at most (21)")
    parser.add_argument("--seconds", type=float, default=30,
                        help="for each preset; after 3 rounds no round begins beyond it (30)")
    parser.add_argument("--pause", type=float, default=0.01, help="seconds between samples (0.01)")
    parser.add_argument("--onednn-limit", type=float, default=1.1, help="largest onednn/torch allowed (1.1)")
    parser.add_argument("--direct-limit", type=float, default=8, help="largest direct/torch allowed (8)")
    parser.add_argument("--json", type=pathlib.Path, help="also write all samples there")
    return parser.parse_args()


def import_torch(build):
    """Torch, from here or from a virtual environment of ours, which this script then runs in."""
    try:
        import torch  # pylint: disable=import-outside-toplevel
        import numpy  # noqa: F401  pylint: disable=import-outside-toplevel,unused-import
        return torch
    except ImportError:
        pass
    folder = (build / "torch-venv").resolve()
    python = folder / "bin" / "python3"
    if pathlib.Path(sys.prefix).resolve() == folder:
        sys.exit(f"torch does not import in {folder}: remove that folder and start again")
    if not (folder / "complete").exists():
        print(f"torch does not import; installing it into {folder}", file=sys.stderr)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", "torch", "numpy"], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"torch could not be installed: {error}", file=sys.stderr)
            sys.exit(2)
        (folder / "complete").touch()
    os.execv(str(python), [str(python), *sys.argv])


def cpu_presets(program, chosen):
    listed = json.loads(subprocess.run([program, "list", "presets", "--json"], check=True,
                                       capture_output=True, text=True).stdout)["presets"]
    presets = [preset for preset in listed if preset["name"].endswith(("-v0", "-b1"))]
    if chosen:
        unknown = sorted(set(chosen) - {preset["name"] for preset in listed})
        if unknown:
            print(f"there is no preset {', '.join(unknown)}", file=sys.stderr)
            sys.exit(2)
        presets = [preset for preset in listed if preset["name"] in chosen]
    return presets


def make_tensors(problem):
    """Uniform in [0, 1) as the presets have it, weights and bias around 0."""
    import numpy  # pylint: disable=import-outside-toplevel
    generator = numpy.random.default_rng(1)
    inputs, channels_in = problem["input"], problem["input"][1]
    groups, channels_out = problem["groups"], problem["out_channels"]
    window = problem["kernel_size"]

    def weights(shape):
        return generator.uniform(-0.5, 0.5, shape).astype("float32")

    tensors = {"input": generator.random(inputs, dtype="float32")}
    if problem["op"] == "separable_conv2d":
        tensors["weights"] = weights([channels_in, 1, *window])
        tensors["pointwise"] = weights([channels_out, channels_in, 1, 1])
    elif problem["op"].startswith("conv_transpose"):
        tensors["weights"] = weights([channels_in, channels_out // groups, *window])
    else:
        tensors["weights"] = weights([channels_out, channels_in // groups, *window])
    if problem["bias"]:
        tensors["bias"] = weights([channels_out])
    return tensors


def torch_call(torch, problem, tensors):
    """A function that computes the problem once, from contiguous tensors to a contiguous one."""
    functional = torch.nn.functional
    given = {name: torch.from_numpy(values) for name, values in tensors.items()}
    x, weights, bias = given["input"], given["weights"], given.get("bias")
    where = {"stride": problem["stride"], "padding": problem["padding"], "dilation": problem["dilation"]}
    op = problem["op"]
    if op == "separable_conv2d":
        def call():
            middle = functional.conv2d(x, weights, None, groups=x.shape[1], **where)
            return functional.conv2d(middle, given["pointwise"], bias).contiguous()
    elif op.startswith("conv_transpose"):
        function = functional.conv_transpose3d if op.endswith("3d") else functional.conv_transpose2d

        def call():
            return function(x, weights, bias, groups=problem["groups"],
                            output_padding=problem["output_padding"], **where).contiguous()
    else:
        function = functional.conv3d if op == "conv3d" else functional.conv2d

        def call():
            return function(x, weights, bias, groups=problem["groups"], **where).contiguous()
    return call


class Server:
    """A `convscope bench --serve` that waits for its turn."""

    def __init__(self, program, kernel, problem_file, files, threads):
        words = [program, "bench", "--serve", "--device", "cpu", "--kernel", kernel, "--problem", problem_file]
        for option, file in files.items():
            words += [option, file]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, "OMP_NUM_THREADS": str(threads)})
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError(self.process.stderr.read().strip() or "convscope ended without a word")

    def sample(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(self.process.stderr.read().strip() or "convscope ended without a word")
        return float(answer)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def torch_sampler(torch, call):
    def sample():
        with torch.inference_mode():
            start = time.perf_counter()
            call()
            return 1e3 * (time.perf_counter() - start)
    return sample


def write_files(folder, problem, tensors):
    """The problem and its tensors as convscope reads them; options by what they hold."""
    import numpy  # pylint: disable=import-outside-toplevel
    problem_file = folder / "problem.json"
    problem_file.write_text(json.dumps(problem))
    options = {"input": "--input", "weights": "--weights", "pointwise": "--pointwise", "bias": "--bias-file"}
    files = {}
    for name, values in tensors.items():
        numpy.save(folder / f"{name}.npy", values)
        files[options[name]] = str(folder / f"{name}.npy")
    return str(problem_file), files


def take_turns(samplers, arguments):
    """Samples of each, in rounds whose order rotates."""
    names = list(samplers)
    samples = {name: [] for name in names}
    start = time.monotonic()
    for turn in range(arguments.rounds):
        if turn >= 3 and time.monotonic() - start > arguments.seconds:
            break
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            time.sleep(arguments.pause)
            samples[name].append(samplers[name]())
    return samples


def require_same_shape(problem, output):
    if list(output.shape) != problem["output"]:
        raise RuntimeError(f"torch's output is {list(output.shape)}; convscope's is {problem['output']}")


def measure(torch, program, preset, arguments):
    """Samples of one preset, and for each kernel that gave none the reason."""
    problem, reasons = preset["problem"], {}
    with tempfile.TemporaryDirectory(dir=arguments.build) as folder, contextlib.ExitStack() as stack:
        tensors = make_tensors(problem)
        problem_file, files = write_files(pathlib.Path(folder), problem, tensors)
        call = torch_call(torch, problem, tensors)
        with torch.inference_mode():
            require_same_shape(problem, call())  # and warms up
        samplers = {"torch": torch_sampler(torch, call)}
        for kernel in ("onednn", "direct"):
            try:
                server = Server(program, kernel, problem_file, files, arguments.threads)
                stack.callback(server.close)
                samplers[kernel] = server.sample
            except RuntimeError as error:
                reasons[kernel] = str(error)
        return take_turns(samplers, arguments), reasons


def judge(name, samples, reasons, limits):
    """One row of the table, and whether it is within the limits."""
    medians = {contender: statistics.median(values) for contender, values in samples.items() if values}
    row, within = {"preset": name, "rounds": len(samples["torch"]), "median_ms": medians, "reasons": reasons,
                   "ratios": {}, "samples_ms": samples}, True
    for kernel, limit in limits.items():
        if kernel not in medians:
            within = False
            continue
        ratio = medians[kernel] / medians["torch"]
        row["ratios"][kernel] = ratio
        within &= ratio <= limit
    row["within"] = within
    return row


def print_row(row):
    medians, ratios = row["median_ms"], row["ratios"]

    def cell(values, name, digits):
        return f"{values[name]:.{digits}f}" if name in values else "–"
    print(f"{row['preset']:<10} {row['rounds']:>6} {cell(medians, 'torch', 2):>10} {cell(medians, 'onednn', 2):>10} "
          f"{cell(medians, 'direct', 2):>10} {cell(ratios, 'onednn', 3):>12} {cell(ratios, 'direct', 2):>12}  "
          f"{'within' if row['within'] else 'BEYOND'}", flush=True)
    for kernel, reason in row["reasons"].items():
        print(f"  {kernel}: {reason}", flush=True)


def main():
    arguments = parse_arguments()
    program = str((arguments.build / "convscope").resolve())
    if not pathlib.Path(program).exists():
        print(f"{program} is not there: build it first (./run.sh)", file=sys.stderr)
        return 2
    torch = import_torch(arguments.build)
    torch.set_num_threads(arguments.threads)
    limits = {"onednn": arguments.onednn_limit, "direct": arguments.direct_limit}
    print(f"torch {torch.__version__}, {arguments.threads} threads each; at most onednn/torch {limits['onednn']}, "
          f"direct/torch {limits['direct']}; medians in ms")
    print(f"{'preset':<10} {'rounds':>6} {'torch':>10} {'onednn':>10} {'direct':>10} {'onednn/torch':>12} "
          f"{'direct/torch':>12}")
    rows, unmeasured = [], 0
    for preset in cpu_presets(program, arguments.preset):
        try:
            samples, reasons = measure(torch, program, preset, arguments)
        except (RuntimeError, MemoryError) as error:
            print(f"{preset['name']:<10} could not be measured: {error}", flush=True)
            unmeasured += 1
            continue
        rows.append(judge(preset["name"], samples, reasons, limits))
        print_row(rows[-1])
    if arguments.json:
        arguments.json.write_text(json.dumps({"torch": torch.__version__, "threads": arguments.threads,
                                              "limits": limits, "presets": rows}, indent=1) + "\n")
    beyond = [row["preset"] for row in rows if not row["within"]]
    print(f"{len(rows) - len(beyond)} of {len(rows) + unmeasured} presets within the limits"
          + (f"; beyond: {', '.join(beyond)}" if beyond else ""))
    return 1 if beyond else 2 if unmeasured or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
