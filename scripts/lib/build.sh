# shellcheck shell=bash
# Configures and builds one of the presets of CMakePresets.json. Source this file after ui.sh; ROOT is the checkout.
#
#   build_install LOG [OPTION…]      scripts/install-deps, with progress
#   build_jobs                       how many compilers fit this machine: its cores, and 1.5 GB of memory for each
#   build_targets LOG PRESET TARGET…  configures where needed and builds the targets ("all" for everything)

build_install() {
  local log=$1 missing
  shift
  missing=$("$ROOT/scripts/install-deps" --list "$@") || return
  [ -n "$missing" ] || return 0
  # sudo may ask for a password: here, in the foreground, and not where nobody sees it.
  [ "$(id -u)" -eq 0 ] || sudo -v || return
  ui_run "install $(wc -w <<<"$missing") Debian packages" "$log" "$ROOT/scripts/install-deps" "$@"
}

build_jobs() {
  local cores memory_kib jobs
  cores=$(nproc)
  memory_kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  jobs=$((memory_kib / 1500000))
  [ "$jobs" -ge 1 ] || jobs=1
  [ "$jobs" -le "$cores" ] || jobs=$cores
  echo "$jobs"
}

_build() {
  local preset=$1
  shift
  cd "$ROOT" || return
  # CMake configures again by itself when a CMakeLists.txt has changed.
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" || return
  cmake --build "build/$preset" --parallel "$(build_jobs)" --target "$@"
}

build_targets() {
  local log=$1 preset=$2
  shift 2
  ui_run "build $preset" "$log" _build "$preset" "$@"
}
