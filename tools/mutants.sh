#!/usr/bin/env bash
# Seeds bugs in the kernels, one at a time, and shows that the tests catch every one. tools/mutants.txt is the list:
# its head says how to write a mutant.
#   tools/mutants.sh                  all of them, in about ten minutes on two cores
#   tools/mutants.sh --only PATTERN   those whose line in the list matches (a regular expression)
#   tools/mutants.sh --list           shows the list, and which kernels have no mutant
#   tools/mutants.sh --check          only: does every mutant still have its place in the sources?
#   tools/mutants.sh --jobs N         so many at once (as many as there are cores)
#   CONVSCOPE_BUILD=DIR               the build folder (build), made by ./test.sh or ./run.sh; its g++ objects are
#                                     linked with the one that is compiled anew
# A mutant is caught by `convscope check` on its operator's cases, else by `convscope verify` on random problems,
# else by sim_test. Exit codes: 0 all were caught, 1 one survived or its place is gone, 2 it could not be tried.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
    exit 0
fi
build=${CONVSCOPE_BUILD:-$root/build}
case " $* " in
    *" --check "* | *" --list "*) ;;
    *)
        . "$root/tools/build.sh"
        configure_build "$root" "$build"
        echo "Building in $build" >&2
        build_targets "$build" convscope modules/sim.so sim_test
        ;;
esac
exec python3 "$root/tools/mutants.py" "$root" "$build" "$@"
