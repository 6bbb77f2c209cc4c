#!/usr/bin/env bash
# Compares what the X-ray counts with what the GPU counts: global load and store requests and their sectors, and
# shared-memory bank conflicts, for every kernel on three problems of its operator. The X-ray's half is `convscope
# xray --json`, the GPU's is ncu's counters of `convscope run`. Writes docs/measurements/xray_against_ncu.md, with every
# difference above 5 % in a list of its own; what the list already said of one is kept.
#   tools/xray_vs_ncu.sh               all operators; needs a GPU, ncu, and a build with the gpu and traced modules
#   tools/xray_vs_ncu.sh --op O        one operator
#   tools/xray_vs_ncu.sh --seconds N   no kernel is begun after so many seconds (1800); the report says what is left out
#   tools/xray_vs_ncu.sh --out F.md    writes there instead
#   tools/xray_vs_ncu.sh --self-test   compares stored samples, with neither a GPU nor a build
#   CONVSCOPE_BUILD=DIR                the build folder (build), made by ./run.sh
# Exit codes: 0 compared (differences are in the report), 2 nothing could be compared, 3 no GPU, no ncu, or its
# counters are closed: the one sentence on stderr says which.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
    exit 0
fi
# Where the toolkit lies although its folder is not searched.
PATH=$PATH:/usr/local/cuda/bin
exec python3 "$root/tools/xray_vs_ncu.py" "$root" "${CONVSCOPE_BUILD:-$root/build}" "$@"
