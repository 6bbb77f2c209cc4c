#!/usr/bin/env python3
"""What tools/mutants.sh runs: python3 tools/mutants.py ROOT BUILD [--only P] [--list] [--check] [--jobs N]."""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

SEED, RANDOM_PROBLEMS = 1, 80
LIMIT_SECONDS = 240  # of one command


class ListError(Exception):
    """The list does not fit the sources, or a mutant cannot be compiled."""


@dataclasses.dataclass
class Mutant:
    op: str
    kernel: str
    file: str  # under kernels/
    bug: str
    old: list  # lines, stripped
    new: list

    def title(self):
        return f"{self.op} {self.kernel}: {self.bug}"


@dataclasses.dataclass
class Outcome:
    mutant: Mutant
    caught_by: str  # empty: survived
    reason: str
    seconds: float


# ---- the list ------------------------------------------------------------------------------------------------

def read_list(path):
    mutants = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        head = re.fullmatch(r"\[(\S+) (\S+)\] (\S+): (.+)", line)
        if head:
            mutants.append(Mutant(*head.groups(), [], []))
        elif line[0] in "-+ " and mutants:
            text = line[1:].strip()
            if line[0] != "+":
                mutants[-1].old.append(text)
            if line[0] != "-":
                mutants[-1].new.append(text)
        else:
            raise ListError(f"{path.name}:{number}: neither a head nor a line of a change: {line}")
    return mutants


def place_of(mutant, lines):
    """The index of the first line to replace. The old lines stand in the file exactly once."""
    stripped = [line.strip() for line in lines]
    count = len(mutant.old)
    places = [i for i in range(len(lines) - count + 1) if stripped[i:i + count] == mutant.old]
    if len(places) != 1 or not mutant.old or mutant.old == mutant.new:
        raise ListError(f"{mutant.title()}: its old lines stand {len(places)} times in kernels/{mutant.file}, "
                        "and should stand there once and be changed")
    return places[0]


def mutated_text(mutant, kernels):
    lines = (kernels / mutant.file).read_text().splitlines()
    place = place_of(mutant, lines)
    return "\n".join(lines[:place] + mutant.new + lines[place + len(mutant.old):]) + "\n"


def kernels_in_tables(kernels):
    """(operator, kernel) of every line of the tables; the gallery's kernels are broken already."""
    found = []
    for name in re.findall(r'^#include "(.+)"', (kernels / "kernels.def").read_text(), re.M):
        table = kernels / name
        for op, names in re.findall(r"^KERNEL(?:_OF)?\((\w+), ([\w, ]+)\)", table.read_text(), re.M):
            found.append((op, names.split(", ")[-1]))
    return found


def drift(mutants, kernels):
    """Sentences that say where the list no longer fits the sources."""
    known = kernels_in_tables(kernels)
    problems = []
    for mutant in mutants:
        if (mutant.op, mutant.kernel) not in known:
            problems.append(f"{mutant.title()}: there is no such kernel")
        try:
            mutated_text(mutant, kernels)
        except (ListError, OSError) as error:
            problems.append(str(error))
    titles = [mutant.title() for mutant in mutants]
    problems += [f"{title}: stands twice in the list" for title in sorted(set(titles)) if titles.count(title) > 1]
    return problems


# ---- one module for each mutant ------------------------------------------------------------------------------

class Build:
    """How the build folder compiles a kernel file for the simulator and links sim.so."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.compile = {}  # a source under kernels/ -> words
        for entry in json.loads((folder / "compile_commands.json").read_text()):
            if "convscope_kernels_sim.dir" in entry["command"]:
                source = os.path.relpath(entry["file"], root / "kernels")
                self.compile[source] = shlex.split(entry["command"])
        said = subprocess.run(["ninja", "-C", folder, "-t", "commands", "modules/sim.so"], check=True,
                              capture_output=True, text=True).stdout
        link = next(line for line in reversed(said.splitlines()) if " -o modules/sim.so " in line)
        self.link = shlex.split(link.removeprefix(": && ").removesuffix(" && :"))
        listed = subprocess.run([folder / "convscope", "list", "kernels", "--json"], check=True,
                                capture_output=True, text=True).stdout
        self.source = {(row["op"], row["name"]): row["source"] for row in json.loads(listed)["kernels"]
                       if row["device"] == "sim"}

    def run(self, command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise ListError("it does not compile:\n" + done.stderr)

    def make_module(self, mutant, scratch):
        """modules/sim.so in `scratch`, beside a copy of the program. A mutated header lies in a folder that is
        searched first; the object compiled with it is linked first, so that its inline functions are taken."""
        overlay = scratch / "kernels"
        changed = overlay / mutant.file
        changed.parent.mkdir(parents=True)
        changed.write_text(mutated_text(mutant, self.root / "kernels"))
        source = self.source[mutant.op, mutant.kernel]
        words = list(self.compile[source])
        plain_object, plain_source = words[words.index("-o") + 1], words[words.index("-c") + 1]
        mutant_object = str(scratch / "mutant.o")
        words[words.index("-o") + 1] = mutant_object
        if source == mutant.file:
            words[words.index("-c") + 1] = str(changed)
        depends = str(scratch / "mutant.d")
        first_search = next(i for i, word in enumerate(words) if word.startswith("-I"))
        words.insert(first_search, f"-I{overlay}")
        self.run(words + ["-O1", "-g0", "-w", "-MD", "-MF", depends])  # as sim.so, but sooner
        if str(changed) not in pathlib.Path(depends).read_text():
            raise ListError(f"{mutant.title()}: {source} does not include {mutant.file}")
        (scratch / "modules").mkdir()
        link = list(self.link)
        link[link.index("modules/sim.so")] = str(scratch / "modules/sim.so")
        first_object = next(i for i, word in enumerate(link) if word.endswith(".cu.o"))
        link.remove(plain_object)
        link.insert(first_object, mutant_object)
        self.run(link)


# ---- does somebody notice? -----------------------------------------------------------------------------------

def run_limited(command, scratch, environment=None):
    """The exit code, stdout and stderr; 124 where it did not end in time."""
    try:
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, timeout=LIMIT_SECONDS,
                              env={**os.environ, **(environment or {})}, errors="replace")
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        return 124, "", ""


def complaint(code, reason):
    """Why the command failed, or '' where it was content. Only a wrong answer (1) and the simulator's refusal (4)
    are failures that a reader can follow; what else ends a command shows, but is named as what it is."""
    if code == 0:
        return ""
    if code == 124:
        return f"did not end within {LIMIT_SECONDS} s"
    if code < 0:
        return f"the program was ended by signal {-code}"
    if code in (1, 4) and reason:
        return reason
    raise ListError(f"exit code {code} without a reason: {reason}")


def ask_program(words, scratch):
    code, out, err = run_limited([scratch / "convscope", *words, "--json"], scratch)
    failed = [row for row in json.loads(out)["results"] if row["status"] == "failed"] if out else []
    return complaint(code, failed[0]["reason"] if failed else err.strip())


def check_cases(build, mutant, scratch):
    cases = sorted((build.root / "tests/cases").glob(f"????_{mutant.op}"))
    return ask_program(["check", *cases, "--device", "sim", "--kernel", mutant.kernel], scratch)


def verify_random(build, mutant, scratch):
    return ask_program(["verify", "--op", mutant.op, "--device", "sim", "--kernel", mutant.kernel,
                        "--count", str(RANDOM_PROBLEMS), "--seed", str(SEED)], scratch)


def run_sim_test(build, mutant, scratch):
    command = [build.folder / "kernels/devices/sim/sim_test", "--gtest_filter=Kernel*:*Kernels.*:-KernelCounts*"]
    code, out, _ = run_limited(command, scratch, {"CONVSCOPE_TEST_MODULES": str(scratch / "modules")})
    failed = re.findall(r"\[  FAILED  \] (\S+) \(", out)
    lines = [line.strip() for line in out.splitlines() if mutant.kernel in line and not line.startswith("[")]
    return complaint(code, f"{failed[0]} {lines[0] if lines else ''}" if failed else "")


WATCHERS = {"check": check_cases, "verify": verify_random, "sim_test": run_sim_test}


def try_mutant(build, mutant, folder):
    begin = time.monotonic()
    scratch = pathlib.Path(tempfile.mkdtemp(dir=folder))
    build.make_module(mutant, scratch)
    os.link(folder / "convscope", scratch / "convscope")  # it loads the modules that lie beside it
    caught_by = reason = ""
    for name, watch in WATCHERS.items():
        reason = watch(build, mutant, scratch)
        if reason:
            caught_by = name
            break
    shutil.rmtree(scratch)
    return Outcome(mutant, caught_by, " ".join(reason.split()), time.monotonic() - begin)


def require_that_nobody_complains(build, mutants, folder, pool):
    """Without a mutant nothing fails; else 'caught' would mean nothing."""
    scratch = folder / "sound"
    (scratch / "modules").mkdir(parents=True)
    shutil.copy(build.folder / "modules/sim.so", scratch / "modules/sim.so")
    os.link(folder / "convscope", scratch / "convscope")
    kernels = list({(mutant.op, mutant.kernel): mutant for mutant in mutants}.values())
    asked = [("sim_test", kernels[0])] + [(name, one) for one in kernels for name in ("check", "verify")]
    answers = list(pool.map(lambda question: WATCHERS[question[0]](build, question[1], scratch), asked))
    for (name, one), reason in zip(asked, answers):
        if reason:
            raise ListError(f"{one.op} {one.kernel} fails without a mutant: {name}: {reason}")


def try_all(build, mutants, jobs):
    """Prints a line for each, in the order of the list; returns the survivors."""
    survivors = []
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants", dir=build.folder) as name:
        folder = pathlib.Path(name)
        shutil.copy(build.folder / "convscope", folder / "convscope")
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            require_that_nobody_complains(build, mutants, folder, pool)
            running = [pool.submit(try_mutant, build, mutant, folder) for mutant in mutants]
            try:
                for future in running:
                    outcome = future.result()
                    print(f"{outcome.caught_by or 'SURVIVED':9} {outcome.seconds:5.1f} s  {outcome.mutant.title()}")
                    print(f"{'':19}{outcome.reason[:160]}", flush=True)
                    if not outcome.caught_by:
                        survivors.append(outcome.mutant)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} caught, in {time.monotonic() - begin:.0f} s")
    return survivors


def print_list(mutants, kernels):
    for mutant in mutants:
        print(f"{mutant.title()}  ({mutant.file})")
    tried = {(mutant.op, mutant.kernel) for mutant in mutants}
    left = [f"{op} {kernel}" for op, kernel in kernels_in_tables(kernels) if (op, kernel) not in tried]
    print(f"{len(mutants)} mutants; kernels without one: {', '.join(left) or 'none'}")


def main():
    parser = argparse.ArgumentParser(prog="tools/mutants.sh")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", default="", metavar="PATTERN")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    kernels = arguments.root / "kernels"
    mutants = read_list(arguments.root / "tools/mutants.txt")
    if problems := drift(mutants, kernels):
        print("tools/mutants.txt no longer fits the sources:\n  " + "\n  ".join(problems), file=sys.stderr)
        return 1
    mutants = [mutant for mutant in mutants if re.search(arguments.only, f"{mutant.title()} {mutant.file}")]
    if arguments.list:
        print_list(mutants, kernels)
    if arguments.list or arguments.check:
        return 0
    if not mutants:
        raise ListError(f"--only: no mutant matches '{arguments.only}'; --list shows them")
    return 1 if try_all(Build(arguments.root, arguments.build.resolve()), mutants, max(1, arguments.jobs)) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ListError as error:
        print(f"mutants: {error}", file=sys.stderr)
        sys.exit(2)
