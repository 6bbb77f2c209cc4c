#!/usr/bin/env bash
# On a Debian machine: downloads the packages that ConvScope builds with and unpacks them, without installing
# anything, so that the folder can be carried to a machine that has none of them and no network.
#   tools/gather_deps.sh [--slim] [FOLDER]     FOLDER is .deps; --slim leaves oneDNN (40 MB) out
# There, cmake -DCONVSCOPE_DEPS=FOLDER finds them; tools/gpu_check.sh does that by itself.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

slim=''
if [ "${1:-}" = --slim ]; then
    slim=yes
    shift
fi
folder=${1:-$root/.deps}
case $folder in
    -*)
        echo "gather_deps.sh: '$folder' is not an option; --slim and a folder are allowed" >&2
        exit 2
        ;;
esac
marker=made_by_gather_deps
if [ -n "$(ls -A "$folder" 2>/dev/null)" ] && [ ! -e "$folder/$marker" ]; then
    echo "gather_deps.sh: $folder holds other files; a new or empty folder is needed, or one made by it" >&2
    exit 2
fi
command -v apt-get >/dev/null || {
    echo "gather_deps.sh needs apt-get: it is for Debian and its relatives" >&2
    exit 2
}

# The packages that others of these depend on, by the first name of theirs that starts with PREFIX.
dependency_of() { # package, prefix
    apt-cache depends "$1" | sed -n "s/^ *|\?Depends: \($2[^ ]*\)$/\1/p" | head -1
}

packages=(
    libcli11-dev nlohmann-json3-dev libgtest-dev libgmock-dev libstb-dev libstb0 libgif-dev libgif7
    libmd4c-dev libmd4c0 libmuparser-dev libmuparser2v5
    libimgui-dev libglfw3-dev libglfw3
    libegl-dev libgl-dev libglx-dev libopengl-dev libglvnd-core-dev
    libegl1 libgl1 libglx0 libopengl0 libglvnd0
    libx11-dev x11proto-dev libx11-6 libxcb1 libxau6 libxdmcp6 libbsd0 libmd0
    python3-glad python3-jinja2 python3-markupsafe
    fonts-dejavu-core fonts-jetbrains-mono
)
boost=$(dependency_of libboost-context-dev libboost-context)
packages+=("$boost" "$(dependency_of "$boost" 'libboost1')" "$(dependency_of "$boost" 'libboost-context')")
packages+=(libdw-dev "$(dependency_of libdw-dev libdw1)" libelf-dev "$(dependency_of libelf-dev libelf1)")
if [ -z "$slim" ]; then
    packages+=(libdnnl-dev "$(dependency_of libdnnl-dev libdnnl)" ocl-icd-libopencl1)
fi

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
(cd "$download" && apt-get -o APT::Sandbox::User=root download -qq "${packages[@]}")
rm -rf "${folder:?}"
mkdir -p "$folder"
touch "$folder/$marker"
for package in "$download"/*.deb; do dpkg -x "$package" "$folder"; done

# Newer systems have /lib as a link to /usr/lib; packages of before may still have files in the former.
if [ -d "$folder/lib" ]; then
    cp -a "$folder/lib/." "$folder/usr/lib/"
    rm -rf "${folder:?}/lib"
fi
rm -rf "${folder:?}"/etc "$folder"/usr/share/{doc,man,lintian,bug,fontconfig,X11,doc-base} "$folder"/usr/src
rm -f "$folder"/usr/lib/*/lib{X11*,Xau,Xdmcp,xcb*}.a

# Of Boost's headers, only those that the fibers include: the others are 150 MB.
kept=$(mktemp -d)
grep -rhoE --include='*.cpp' --include='*.h' '#include <boost/[^>]*>' "$root/kernels" | sort -u |
    g++ -std=c++20 -M -I "$folder/usr/include" -x c++ - | tr -s ' \134' '\n' |
    grep "^$folder/usr/include/boost/" | sort -u |
    while read -r header; do
        relative=${header#"$folder/usr/include/"}
        mkdir -p "$kept/$(dirname "$relative")"
        cp "$header" "$kept/$relative"
    done
rm -rf "$folder/usr/include/boost"
cp -a "$kept/boost" "$folder/usr/include/boost"
rm -rf "$kept"

echo "$(find "$folder" -type f | wc -l) files of ${#packages[@]} packages, $(du -sh "$folder" | cut -f1), are in $folder"
