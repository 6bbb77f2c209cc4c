#!/bin/sh
# keep_machine_code.sh FOLDER KERNELS DISASSEMBLER nvcc ARGUMENTS…: runs nvcc and keeps in FOLDER, for a source
# KERNELS/conv2d/naive.cu and each architecture:
#   conv2d.naive.ptxas.txt   what ptxas says about registers, shared memory and spills, instead of showing it
#   conv2d.naive.sm_90.ptx   its PTX
#   conv2d.naive.sm_90.sass  its SASS, where DISASSEMBLER is an nvdisasm, not "none"
# Paths below KERNELS become relative to it in them.
folder=$1 kernels=$2 disassembler=$3
shift 3
for argument in "$@"; do
    case $argument in *.cu) source=$argument ;; esac
done
if [ -z "$source" ]; then
    exec "$@"
fi
name=$(basename "$(dirname "$source")").$(basename "$source" .cu)
passing=$folder/$name.passing # nvcc's intermediate files
said=$folder/$name.ptxas.txt
rm -rf "$passing" "$folder/$name".*
mkdir -p "$passing"

"$@" --keep --keep-dir "$passing" 2>"$said"
status=$?
# What is not ptxas' information is a warning or an error.
grep -v -E '^ptxas info|bytes stack frame' "$said" >&2

below_kernels="s|\"$(printf %s "$kernels" | sed 's/[].[*^$\\|]/\\&/g')/|\"|"
keep() { # keep TEXT_FILE SUFFIX
    architecture=$(sed -n 's/^[[:space:]]*\.target[[:space:]]*\(sm_[0-9]*\).*/\1/p' "$1" | head -n 1)
    sed "$below_kernels" "$1" >"$folder/$name.$architecture.$2"
}
# nvdisasm says for each instruction where it comes from and where that is inlined, again and again. What stays is
# the innermost place below KERNELS, where it changes; it is the larger part of the text.
innermost='
    /^\/\/----/ { last = "" }
    /\/\/## File/ {
        if (!asked || place ~ /File "\//) { place = $0; sub(/ inlined at .*/, "", place) }
        asked = 1
        next
    }
    asked && place != last { print place; last = place }
    { asked = 0; print }'
if [ "$status" -eq 0 ]; then
    for ptx in "$passing"/*.ptx; do
        keep "$ptx" ptx
    done
    for cubin in "$passing"/*.cubin; do
        if [ "$disassembler" = none ]; then
            break
        elif "$disassembler" -gi -c "$cubin" >"$passing/said"; then
            sed "$below_kernels" "$passing/said" | awk "$innermost" >"$passing/sass"
            keep "$passing/sass" sass
        else
            echo "$disassembler cannot read $(basename "$cubin"): its SASS is not kept" >&2
        fi
    done
fi
rm -rf "$passing"
exit "$status"
