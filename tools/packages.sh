# Sourced by run.sh and test.sh: installs what is missing from Debian's packages, and says what.

# To build and to run.
convscope_packages=(
    g++ cmake ninja-build libcli11-dev nlohmann-json3-dev libstb-dev libdnnl-dev libboost-context-dev libdw-dev libgif-dev
    libmd4c-dev libmuparser-dev
    libimgui-dev libglfw3-dev libegl-dev libgl-dev libopengl-dev libgl1-mesa-dri python3-glad
    fonts-inter fonts-jetbrains-mono
)
# What the tests need beyond that.
convscope_test_packages=(libgtest-dev xvfb xauth xdotool imagemagick)

missing_packages() {
    local installed # dpkg-query fails where it does not know a package; that package is then missing
    installed=$(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
        awk '$2 == "installed" { sub(/:.*/, "", $1); print $1 }') || true
    local package
    for package in "$@"; do
        grep -qx -- "$package" <<<"$installed" || echo "$package"
    done
}

install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -eq 0 ] && return
    if ! command -v apt-get >/dev/null; then
        echo "ConvScope needs these packages, and apt-get is not here to install them: ${missing[*]}" >&2
        return 1
    fi
    convscope_installed_some=1
    echo "Installing from the system's packages: ${missing[*]}" >&2
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        echo "(with sudo, because this is not root)" >&2
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
}
