#!/usr/bin/env bash
# Opens the real window on a virtual display, waits until it has drawn, and closes it as a window manager
# would. Leaves a screenshot beside the program. Skipped (77) where the tools are missing.
set -euo pipefail
program=$1
for tool in Xvfb xdotool import; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: $tool is not installed"
        exit 77
    fi
done

display=":$((90 + RANDOM % 900))"
state=$(mktemp -d)
Xvfb "$display" -screen 0 1600x1000x24 >/dev/null 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$state"' EXIT
export DISPLAY=$display XDG_CONFIG_HOME=$state XDG_DATA_HOME=$state XDG_STATE_HOME=$state LIBGL_ALWAYS_SOFTWARE=1
unset WAYLAND_DISPLAY
sleep 1

"$program" &
window=$!
found=""
for _ in $(seq 60); do
    kill -0 $window 2>/dev/null || { echo "the program ended before its window was there"; exit 1; }
    found=$(xdotool search --onlyvisible --name ConvScope 2>/dev/null | head -1 || true)
    [ -n "$found" ] && break
    sleep 0.5
done
[ -n "$found" ] || { echo "no window appeared within 30 s"; exit 1; }
sleep 4
import -window root "$(dirname "$program")/real_window.png"
colours=$(identify -format '%k' "$(dirname "$program")/real_window.png")
echo "the window shows $colours colours"
[ "$colours" -gt 100 ] || { echo "the window is blank"; exit 1; }

# Ctrl+Q ends the program; it has a second for that.
xdotool windowfocus "$found" key ctrl+q
for _ in $(seq 30); do
    if ! kill -0 $window 2>/dev/null; then
        wait $window
        echo "closed with exit code 0"
        exit 0
    fi
    sleep 0.1
done
echo "the window did not close within 3 s of Ctrl+Q"
kill -9 $window
exit 1
