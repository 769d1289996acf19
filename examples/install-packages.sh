# Sourced by the scripts: `packages` installs Debian packages that are missing, those it is given and
# what every build needs; `build_program` builds the program after it; `say_path` says how the shell
# finds what was installed.

packages() {
  missing=
  for package in g++ cmake ninja-build ccache pkg-config libcurl4-openssl-dev nlohmann-json3-dev libfmt-dev \
    libcpp-httplib-dev libcli11-dev libssl-dev libsqlite3-dev libvalijson-dev "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || {
    echo "Please install:$missing" >&2
    exit 1
  }
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  echo "Installing:$missing" >&2
  $as_root apt-get update -qq >&2
  # shellcheck disable=SC2086 # a list of words
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $missing >/dev/null
}

# Of a folder of programs: Debian's own shells know ~/.local/bin only from the next login on.
say_path() {
  [ "$(command -v patchbay || true)" = "$1/patchbay" ] || {
    echo "For this shell to find it, and in ~/.profile for others:"
    echo "  export PATH=\"$1:\$PATH\""
  }
}

build_program() {
  packages
  echo "Building (a few minutes the first time) ..." >&2
  cmake --preset release -DPATCHBAY_TESTS=OFF >/dev/null
  cmake --build --preset release --target patchbay >&2
}
