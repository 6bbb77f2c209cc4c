# Sourced by run.sh and test.sh: configures a build folder once and builds targets in it, saying little.

# CMake looks for the system's tools first: a Python or compiler of the user's own lacks our packages.
configure_build() {  # source folder, build folder, further cmake arguments
    local source=$1 build=$2
    shift 2
    if [ -f "$build/build.ninja" ]; then
        # CMake looks again for what was missing when something new is here.
        local nvcc_is_new=""
        if command -v nvcc >/dev/null && grep -q '^CMAKE_CUDA_COMPILER:FILEPATH=CMAKE_CUDA_COMPILER-NOTFOUND' \
            "$build/CMakeCache.txt"; then
            nvcc_is_new=1
            set -- "$@" -UCMAKE_CUDA_COMPILER
        fi
        [ -z "${convscope_installed_some:-}$nvcc_is_new" ] && return
    fi
    echo "Configuring $build" >&2
    mkdir -p "$build"
    if ! cmake -G Ninja -S "$source" -B "$build" "$@" >"$build/configure.log" 2>&1; then
        tail -40 "$build/configure.log" >&2
        echo "Configuring failed; the whole log is $build/configure.log" >&2
        return 1
    fi
}

build_targets() {  # build folder, targets
    local build=$1
    shift
    if ! ninja -C "$build" "$@" >"$build/build.log" 2>&1; then
        grep -E -A 20 'FAILED:|error:' "$build/build.log" | head -60 >&2
        echo "Building failed; the whole log is $build/build.log" >&2
        return 1
    fi
}

# The targets that the cmake configuration of this build folder knows.
has_target() {  # build folder, target
    grep -q "^build $2: phony" "$1/build.ninja"
}
