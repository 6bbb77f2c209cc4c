#!/usr/bin/env bash
# Installs what is missing, builds, and starts ConvScope with the arguments given:
#   ./run.sh                          the window (without a display: a tour of it in out/*.png)
#   ./run.sh bench --preset kb83-v0   a command; see ./run.sh --help
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/tools/packages.sh"
. "$root/tools/build.sh"

install_packages "${convscope_packages[@]}"
configure_build "$root" "$root/build"
targets=(convscope convscope_kernels_sim convscope_kernels_traced)
# The gpu module takes minutes to compile and is of use only where a driver is.
if has_target "$root/build" convscope_kernels_gpu && { [ -e /dev/nvidiactl ] || [ -e /dev/dxg ]; }; then
    targets+=(convscope_kernels_gpu)
fi
if [ ! -x "$root/build/convscope" ]; then
    echo "Building ConvScope (a few minutes, once)" >&2
fi
build_targets "$root/build" "${targets[@]}"

if [ $# -eq 0 ] && [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then
    echo "There is no display here, so a tour of the window is drawn into out/*.png instead." >&2
    mkdir -p "$root/out"
    exec "$root/build/convscope" shot --tour "$root/out"
fi
exec "$root/build/convscope" "$@"
