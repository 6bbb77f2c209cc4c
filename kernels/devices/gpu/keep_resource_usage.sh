#!/bin/sh
# keep_resource_usage.sh FOLDER nvcc ARGUMENTS…: runs nvcc, and keeps what ptxas says about registers, shared
# memory and spills in FOLDER/SOURCE.txt instead of showing it at every build.
folder=$1
shift
for argument in "$@"; do
    case $argument in *.cu) source=$argument ;; esac
done
if [ -z "$source" ]; then
    exec "$@"
fi
mkdir -p "$folder"
said=$folder/$(basename "$(dirname "$source")").$(basename "$source" .cu).txt
"$@" 2>"$said"
status=$?
# What is not ptxas' information is a warning or an error.
grep -v -E '^ptxas info|bytes stack frame' "$said" >&2
exit "$status"
