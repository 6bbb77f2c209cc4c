#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests.
#   ./test.sh           the tests as users get the program; the gpu module is compiled where nvcc is found
#   ./test.sh --asan    with AddressSanitizer and UndefinedBehaviorSanitizer
#   ./test.sh --tsan    with ThreadSanitizer
# Further arguments go to ctest: ./test.sh -R npy
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/tools/packages.sh"
. "$root/tools/build.sh"

build=$root/build
options=()
case "${1:-}" in
    --asan | --tsan)
        build=$root/build-${1#--}
        options=("-DCONVSCOPE_SANITIZE=${1#--}")
        shift
        ;;
esac

install_packages "${convscope_packages[@]}" "${convscope_test_packages[@]}"
configure_build "$root" "$build" "${options[@]}"
echo "Building in $build" >&2
build_targets "$build" all
if has_target "$build" convscope_kernels_gpu; then
    echo "Compiling the gpu module with nvcc" >&2
    build_targets "$build" convscope_kernels_gpu
else
    echo "The gpu module is not compiled: nvcc was not found or this is a sanitizer build" >&2
fi

# Leaks inside of drivers and OpenMP are not ours; everything else is.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=0}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$root/tests/leaks.supp:print_suppressions=0}
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$root/tests/races.supp:ignore_noninstrumented_modules=1:halt_on_error=0}
if [ "$build" = "$root/build-tsan" ]; then
    # ThreadSanitizer cannot see libgomp's barriers and reports every loop; with one OpenMP thread it watches the
    # threads that are ours: the worker, the interface, the simulator's.
    export OMP_NUM_THREADS=1
fi
cd "$build"
ctest --output-on-failure --no-tests=error "$@" || {
    status=$?
    # A long output hides its failures: they are told once more.
    echo "What failed:" >&2
    awk '/: Failure$/ { told = 1 } told; /^\[  FAILED  \]/ { told = 0 }' Testing/Temporary/LastTest.log >&2
    exit "$status"
}
