#!/usr/bin/env bash
# Everything that needs a GPU, in one command of under ten minutes: builds what can be built here into a
# folder of its own, checks and times it on the GPU, and leaves gpu_check.json, gpu_check.md and
# gpu_check.log. It needs CUDA 12 or newer, CMake, g++ and python3; no network, no display, no root.
#   tools/gpu_check.sh            all steps
#   CONVSCOPE_OUT=DIR             where the results go (out/gpu_check)
#   CONVSCOPE_DEPS=DIR            packages unpacked by tools/gather_deps.sh (.deps, where it is there)
#   CONVSCOPE_GPU_BUILD=DIR       the build folder (build-gpu-check)
#   CONVSCOPE_SECONDS=N           all the time there is (560)
#   CONVSCOPE_PATIENCE=N          multiplies the limit of each step (1)
#   CONVSCOPE_PARTS="P…"          only these parts, of: tests share shot sanitizers benches torch ncu xray
# The clocks, the driver and the toolkit are in the report, and the targets as lines that pass or fail.
# A step that fails is reported, the script goes on, and exits with 1 at its end.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 2

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
    exit 0
fi

out=${CONVSCOPE_OUT:-$root/out/gpu_check}
build=${CONVSCOPE_GPU_BUILD:-$root/build-gpu-check}
deps=${CONVSCOPE_DEPS:-}
if [ -z "$deps" ] && [ -d "$root/.deps/usr" ]; then deps=$root/.deps; fi
deadline=$((SECONDS + ${CONVSCOPE_SECONDS:-560}))
patience=${CONVSCOPE_PATIENCE:-1}
parts=${CONVSCOPE_PARTS:-tests share shot sanitizers benches torch ncu xray}
raw=$build/gpu_check
mkdir -p "$out" "$build" || exit 2
out=$(cd "$out" && pwd)
rm -rf "$raw"
mkdir -p "$raw" || exit 2
command -v nvcc >/dev/null || PATH=$PATH:/usr/local/cuda/bin
# Where containers mount the driver, libglvnd does not look by itself.
vendor=/usr/local/nvidia/share/glvnd/egl_vendor.d/10_nvidia.json
[ -e "$vendor" ] && export __EGL_VENDOR_LIBRARY_FILENAMES=${__EGL_VENDOR_LIBRARY_FILENAMES:-$vendor}
program=$build/convscope
jobs=$(nproc)
failures=0

record() { # name, status, seconds, reason
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(tr '\t\n' '  ' <<<"$4")" >>"$raw/steps.tsv"
    printf '%-30s %-8s %4s s  %s\n' "$1" "$2" "$3" "$4"
}

skip() { # name, reason
    record "$1" skipped 0 "$2"
}

# Runs a command within its limit and the time that is left; keeps what it says in $raw/NAME.out and .err.
step() { # name, seconds, command…
    local name=$1 limit=$(($2 * patience)) left=$((deadline - SECONDS)) start=$SECONDS status reason=''
    shift 2
    if [ "$left" -lt 5 ]; then
        skip "$name" "no time was left"
        return 1
    fi
    [ "$limit" -gt "$left" ] && limit=$left
    timeout --kill-after=5 "$limit" "$@" </dev/null >"$raw/$name.out" 2>"$raw/$name.err"
    status=$?
    if [ "$status" -eq 0 ]; then
        record "$name" passed $((SECONDS - start)) ''
        return 0
    fi
    case $status in
        124 | 137) reason="stopped after $limit s" ;;
        *) reason="exit code $status: $(grep -v '^ *$' "$raw/$name.err" | tail -1 | cut -c1-300)" ;;
    esac
    record "$name" failed $((SECONDS - start)) "$reason"
    failures=$((failures + 1))
    return 1
}

has_target() { grep -qE "(^|[ .])$1(:|\$)" "$raw/targets.txt"; }

note_facts() {
    date -u +%Y-%m-%dT%H:%M:%SZ >"$raw/date.txt"
    { nvcc --version 2>/dev/null | sed -n 's/.*release \([^,]*\),.*/\1/p'; } >"$raw/toolkit.txt"
    { g++ --version | head -1; cmake --version | head -1; uname -srm; } >"$raw/tools.txt" 2>&1
    git -C "$root" rev-parse --short HEAD >"$raw/commit.txt" 2>/dev/null
    command -v nvidia-smi >/dev/null || return 0
    nvidia-smi --format=csv,noheader,nounits --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,clocks.sm,clocks.mem,power.limit,temperature.gpu \
        >"$raw/gpu.csv" 2>/dev/null
}

configure() {
    local generator='Unix Makefiles' options=(-DCONVSCOPE_WERROR=OFF)
    command -v ninja >/dev/null && generator=Ninja
    if [ -n "$deps" ]; then
        options+=("-DCONVSCOPE_DEPS=$deps")
        export PYTHONPATH=$deps/usr/lib/python3/dist-packages${PYTHONPATH:+:$PYTHONPATH}
    fi
    # Only this machine's architecture is compiled for: it is the only one that is run.
    local capability
    capability=$(nvidia-smi --format=csv,noheader --query-gpu=compute_cap 2>/dev/null | head -1 | tr -d '. ')
    [ -n "$capability" ] && options+=("-DCONVSCOPE_CUDA_ARCHITECTURES=$capability")
    step configure 60 cmake -G "$generator" -S "$root" -B "$build" "${options[@]}" "$@"
}

# The parts that need libraries of another system's may not link here: the rest is built without them.
configure_and_build_program() {
    configure || return 1
    cmake --build "$build" --target help >"$raw/targets.txt" 2>/dev/null
    if ! has_target convscope_kernels_gpu; then
        skip build_gpu_module "nvcc was not found when configuring"
        failures=$((failures + 1))
        return 1
    fi
    step build_gpu_module 240 cmake --build "$build" -j "$jobs" --target convscope_kernels_gpu || return 1
    step build_program 200 cmake --build "$build" -j "$jobs" --target convscope && return 0
    configure -DCMAKE_DISABLE_FIND_PACKAGE_glfw3=ON -DDNNL_LIBRARY=OFF || return 1
    step build_program_bare 200 cmake --build "$build" -j "$jobs" --target convscope
}

build_others() {
    local name targets=()
    for name in convscope_kernels_sim gpu_hardware_test convscope_gl_share_check; do
        has_target "$name" && targets+=("$name")
    done
    if [ ${#targets[@]} -gt 0 ]; then
        step build_others 120 cmake --build "$build" -j "$jobs" --target "${targets[@]}"
    fi
}

device_tests() {
    local test=$build/kernels/devices/gpu/gpu_hardware_test
    if [ ! -x "$test" ]; then
        skip device_tests "GoogleTest was not found, so the device's tests were not built"
    elif step device_tests 90 "$test" && grep -q 'SKIPPED' "$raw/device_tests.out"; then
        record device_tests_skipped failed 0 "$(grep -m1 -A1 'Skipped$' "$raw/device_tests.out" | tail -1)"
        failures=$((failures + 1))
    fi
}

wants() { [[ " $parts " == *" $1 "* ]]; }

# A tool of the toolkit's, also where its folder is not searched.
find_tool() { command -v "$1" || ls "/usr/local/cuda/bin/$1" 2>/dev/null; }

# Small problems that between them suit every kernel: names, and the words of the command line.
small_problems() {
    cat <<'END'
conv2d_3x3 --op conv2d --shape 1,8,20,20 --out-channels 16 --kernel-size 3 --padding 1 --bias
conv2d_groups --op conv2d --shape 2,6,13,17 --out-channels 4 --kernel-size 3,5 --stride 2,1 --dilation 1,2 --padding 2 --groups 2
conv2d_1x1 --op conv2d --shape 2,16,9,12 --out-channels 24 --kernel-size 1 --bias
depthwise --op depthwise_conv2d --shape 2,3,37,40 --kernel-size 3 --padding 1 --bias
depthwise_strided --op depthwise_conv2d --shape 1,3,23,19 --out-channels 6 --kernel-size 2,4 --stride 2 --dilation 2,1
separable --op separable_conv2d --shape 1,16,19,20 --out-channels 32 --kernel-size 3 --padding 1 --bias
transpose2d --op conv_transpose2d --shape 1,8,11,12 --out-channels 16 --kernel-size 3,5 --bias
transpose2d_strided --op conv_transpose2d --shape 2,8,7,9 --out-channels 4 --kernel-size 3 --stride 2,3 --padding 1 --output-padding 1 --groups 2
transpose3d --op conv_transpose3d --shape 1,8,5,6,7 --out-channels 8 --kernel-size 3 --bias
transpose3d_strided --op conv_transpose3d --shape 1,4,4,5,6 --out-channels 4 --kernel-size 3 --stride 2 --padding 1 --output-padding 1
conv3d --op conv3d --shape 1,8,6,9,10 --out-channels 16 --kernel-size 3 --padding 1 --bias
END
}

# Every kernel on every small problem, below one of compute-sanitizer's tools. Its findings go where the
# step's other words go, the program's document stays alone in .out.
sanitize() { # tool
    local sanitizer name words
    sanitizer=$(find_tool compute-sanitizer)
    if [ -z "$sanitizer" ]; then
        skip "$1" "compute-sanitizer was not found"
        return
    fi
    while read -r name words; do
        # shellcheck disable=SC2016,SC2086  # expanded inside; words are words
        step "$1_$name" 40 bash -c '"${@:2}"; status=$?; cat "$1" >&2; exit $status' sanitize "$raw/$1_$name.log" \
            "$sanitizer" --tool "$1" --error-exitcode 9 --log-file "$raw/$1_$name.log" \
            "$program" run $words --device gpu --kernel all --json
    done < <(small_problems)
}

sanitize_all() {
    local tool
    for tool in memcheck racecheck synccheck; do sanitize "$tool"; done
}

# Whether the counters can be read: drivers keep them for the administrator unless told otherwise.
counters_are_open() {
    timeout 60 "$1" --metrics dram__bytes.sum --launch-count 1 "$program" bench --serve --device gpu \
        --op conv2d --shape 1,1,64,64 --kernel-size 3 </dev/null >"$raw/ncu_probe.txt" 2>&1
    if grep -q ERR_NVGPUCTRPERM "$raw/ncu_probe.txt"; then
        skip ncu "the driver does not permit reading the GPU's counters (ERR_NVGPUCTRPERM)"
        return 1
    fi
    grep -q 'dram__bytes' "$raw/ncu_probe.txt" && return 0
    skip ncu "ncu counted nothing: $(grep -m1 '^==' "$raw/ncu_probe.txt" | cut -c1-200)"
    return 1
}

# Counters of the tuned kernels' first launches; nothing but counters, for collecting slows them down.
count_with_ncu() {
    local ncu preset kernel
    ncu=$(find_tool ncu)
    if [ -z "$ncu" ]; then
        skip ncu "ncu was not found"
        return
    fi
    counters_are_open "$ncu" || return
    local metrics=gpu__time_duration.sum,dram__bytes.sum
    metrics+=,l1tex__average_t_sectors_per_request_pipe_lsu_mem_global_op_ld.ratio
    metrics+=,l1tex__average_t_sectors_per_request_pipe_lsu_mem_global_op_st.ratio
    metrics+=,l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum
    metrics+=,sm__warps_active.avg.pct_of_peak_sustained_active
    while read -r preset kernel; do
        if ! "$program" bench --serve --preset "$preset" --device gpu --kernel "$kernel" \
            </dev/null >"$raw/ncu_try.txt" 2>&1; then
            skip "ncu_${preset}_$kernel" "$(tail -1 "$raw/ncu_try.txt" | cut -c1-200)"
            continue
        fi
        step "ncu_${preset}_$kernel" 60 bash -c '"$@" </dev/null' ncu "$ncu" --csv --page raw --launch-count 4 \
            --metrics "$metrics" "$program" bench --serve --preset "$preset" --device gpu --kernel "$kernel"
    done <<'END'
kb83 row_march
kb86 fused
kb86 fused_tf32
kb65 implicit_gemm_tf32
kb70 implicit_gemm_3xtf32
kb55 implicit_gemm
kb55 implicit_gemm_tf32
kb55 implicit_gemm_3xtf32
kb55 register_tile
kb55 winograd_f2x2
kb87-b1 pointwise
END
}

# What the X-ray counts against the GPU's counters, as far as the time goes. Exit code 3 says why not.
compare_xray() {
    local start left
    if ! has_target convscope_kernels_traced; then
        skip xray_vs_ncu "the traced kernels are not built here: Boost.Context was not found"
        return
    fi
    step build_traced 150 cmake --build "$build" -j "$jobs" --target convscope_kernels_traced || return
    start=$SECONDS left=$((deadline - SECONDS - 20))
    CONVSCOPE_BUILD=$build timeout $((left > 0 ? left + 15 : 1)) tools/xray_vs_ncu.sh --seconds "$left" \
        --out "$out/xray_against_ncu.md" </dev/null >"$raw/xray_vs_ncu.out" 2>"$raw/xray_vs_ncu.err"
    case $? in
        0) record xray_vs_ncu passed $((SECONDS - start)) "$(tail -1 "$raw/xray_vs_ncu.out")" ;;
        3) skip xray_vs_ncu "$(tail -1 "$raw/xray_vs_ncu.err")" ;;
        *)
            record xray_vs_ncu failed $((SECONDS - start)) "$(tail -1 "$raw/xray_vs_ncu.err" | cut -c1-300)"
            failures=$((failures + 1))
            ;;
    esac
}

compare_with_torch() {
    local reason
    if ! reason=$(python3 -c 'import sys; sys.path.insert(0, "tools"); import compare_torch_gpu as c
reason = c.missing(); print(reason); sys.exit(bool(reason))' 2>&1); then
        skip torch "$(tail -1 <<<"$reason")"
        return
    fi
    step torch 120 python3 tools/compare_torch_gpu.py
}

# Exit code 3 says that this machine cannot share, which is no failure.
share_check() {
    local check=$build/kernels/devices/gpu/convscope_gl_share_check
    if [ ! -x "$check" ]; then
        skip gl_share "convscope_gl_share_check was not built"
        return
    fi
    timeout 30 "$check" "$build/modules" >"$raw/gl_share.out" 2>"$raw/gl_share.err"
    case $? in
        0) record gl_share passed 0 '' ;;
        3) skip gl_share "$(sed -n 's/.*"reason":"\([^"]*\)".*/\1/p' "$raw/gl_share.out")" ;;
        *)
            record gl_share failed 0 "$(cat "$raw/gl_share.out" "$raw/gl_share.err" | tail -1 | tr -d '\n' | cut -c1-300)"
            failures=$((failures + 1))
            ;;
    esac
}

window_shot() {
    if grep -q '^window *built' "$raw/doctor.out"; then
        step shot 40 "$program" shot --out "$out/shot.png" --size 1600x1000
    else
        skip shot "the window was not built: not all of its libraries were found"
    fi
}

# The clocks while the kernels are timed, once a second.
watch_clocks() {
    command -v nvidia-smi >/dev/null || return 0
    nvidia-smi --format=csv,noheader,nounits --query-gpu=clocks.sm,clocks.mem,power.draw,temperature.gpu -l 1 \
        >"$raw/clocks.csv" 2>/dev/null &
    watcher=$!
}

# The quick ones, then those that targets name, then the most asked for: what time is left decides how far
# this gets. The large ones are cold, as PyTorch's are.
bench_presets() {
    local name
    for name in kb83-v0 kb86-v0 kb65-v0 kb70-v0; do
        step "bench_$name" 40 "$program" bench --preset "$name" --device gpu --kernel all --json
    done
    step bench_kb83-v0-cold 40 "$program" bench --preset kb83-v0 --device gpu --kernel all --cold --json
    for name in kb83 kb86 kb65 kb70 kb55 kb50 kb82 kb84 kb85 kb87; do
        step "bench_$name" 90 "$program" bench --preset "$name" --device gpu --kernel all --cold --json
    done
}

# Whether the program finds a GPU; nothing else has any use without.
gpu_is_there() {
    step doctor 60 "$program" doctor || return 1
    local missing
    missing=$(sed -n 's/^device gpu *missing: //p' "$raw/doctor.out")
    [ -z "$missing" ] && return 0
    record gpu failed 0 "$missing"
    failures=$((failures + 1))
    return 1
}

check_and_verify() {
    device_tests
    step check_cases 90 "$program" check tests/cases --device gpu --kernel all --json
    step verify 120 "$program" verify --device gpu --kernel all --count 2000 --json
}

run_on_gpu() {
    gpu_is_there || return
    wants tests && check_and_verify
    wants share && share_check
    wants shot && window_shot
    wants sanitizers && sanitize_all
    watcher=''
    watch_clocks
    wants benches && bench_presets
    wants torch && compare_with_torch
    if [ -n "$watcher" ]; then kill "$watcher" 2>/dev/null; fi
    wants ncu && count_with_ncu
    wants xray && compare_xray
}

report() {
    {
        echo "ConvScope on a GPU, $(cat "$raw/date.txt")"
        cat "$raw/steps.tsv"
        local file
        for file in "$raw"/*.err "$raw"/doctor.out "$raw"/device_tests.out "$raw"/configure.out; do
            [ -s "$file" ] && { echo "== $(basename "$file")"; tail -n 200 "$file"; }
        done
    } >"$out/gpu_check.log"
    if ! python3 tools/gpu_check_report.py "$raw" "$build" "$out"; then
        echo "the report could not be written; what the steps said is in $raw" >&2
        failures=$((failures + 1))
    fi
}

note_facts
if configure_and_build_program; then
    build_others
    run_on_gpu
fi
report
echo "$failures of $(wc -l <"$raw/steps.tsv") steps failed; the results are in $out"
[ "$failures" -eq 0 ]
