# shellcheck shell=bash
# What the scripts show: steps with elapsed times, progress of long commands, waits with a deadline. Source this file.
#
#   ui_step TEXT                       a headline
#   ui_say TEXT                        one line, with the time since the script started
#   ui_run LABEL LOG COMMAND…          runs COMMAND with its output in LOG; shows that it is alive, at last "ok" or LOG's end
#   ui_wait LABEL SECONDS COMMAND…     tries COMMAND until it succeeds; fails after SECONDS
#   ui_interrupt                       ends what ui_run is running; for EXIT traps
#   ui_elapsed                         seconds since the script started
#
# On a terminal the line of a running command is rewritten in place; elsewhere a line appears every 20 s, so that no log stays
# silent for long. Nothing here reads stdin.

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  UI_BOLD=$'\e[1m' UI_DIM=$'\e[2m' UI_GREEN=$'\e[32m' UI_RED=$'\e[31m' UI_YELLOW=$'\e[33m' UI_OFF=$'\e[0m' UI_TERMINAL=1
else
  UI_BOLD='' UI_DIM='' UI_GREEN='' UI_RED='' UI_YELLOW='' UI_OFF='' UI_TERMINAL=
fi
UI_STARTED=${UI_STARTED:-$SECONDS}

ui_elapsed() { echo $((SECONDS - UI_STARTED)); }
ui_step() { printf '%s%s%s\n' "$UI_BOLD" "$*" "$UI_OFF"; }
ui_say() { printf '%s[%4d s]%s %s\n' "$UI_DIM" "$(ui_elapsed)" "$UI_OFF" "$*"; }
ui_warn() { printf '%s[%4d s] %s%s\n' "$UI_YELLOW" "$(ui_elapsed)" "$*" "$UI_OFF" >&2; }
ui_error() { printf '%s%s%s\n' "$UI_RED" "$*" "$UI_OFF" >&2; }

# "12/345, " as far as the end of a log tells progress: ninja's [12/345], ctest's 12/345 Test, pytest's [ 12%].
_ui_progress() {
  local found
  found=$(tail -c 2000 "$1" | tr '\r' '\n' | grep -aoE '\[[0-9]+/[0-9]+\]|^ *[0-9]+/[0-9]+ Test|\[ *[0-9]+%\]' |
    tail -n 1 | tr -d ' []Tes') || true
  [ -z "$found" ] || printf '%s, ' "$found"
}

ui_tail() {
  local log=$1 lines=${2:-25}
  [ -s "$log" ] || { ui_error "  ($log is empty)"; return 0; }
  ui_error "  the last lines of $log:"
  tail -n "$lines" "$log" | cut -c1-400 | sed 's/^/    /' >&2
}

ui_run() {
  local label=$1 log=$2 started=$SECONDS shown=$SECONDS child rc=0 spent
  shift 2
  mkdir -p "$(dirname "$log")"
  : >"$log"
  [ -n "$UI_TERMINAL" ] || ui_say "$label …"
  # In a process group of its own, so that ui_interrupt reaches everything that COMMAND started.
  set -m
  "$@" >>"$log" 2>&1 </dev/null 9>&- &
  child=$!
  set +m
  UI_CHILD=$child
  while kill -0 "$child" 2>/dev/null; do
    if [ -n "$UI_TERMINAL" ]; then
      printf '\r\e[K%s[%4d s]%s %s … %s%d s' "$UI_DIM" "$(ui_elapsed)" "$UI_OFF" "$label" "$(_ui_progress "$log")" \
        $((SECONDS - started))
    elif [ $((SECONDS - shown)) -ge 20 ]; then
      shown=$SECONDS
      ui_say "$label … $(_ui_progress "$log")$((SECONDS - started)) s"
    fi
    sleep 0.2
  done
  wait "$child" || rc=$?
  UI_CHILD=
  spent=$((SECONDS - started))
  [ -z "$UI_TERMINAL" ] || printf '\r\e[K'
  if [ $rc -eq 0 ]; then
    ui_say "$label: ${UI_GREEN}ok${UI_OFF} ($spent s)"
  else
    ui_say "$label: ${UI_RED}failed${UI_OFF} with exit code $rc ($spent s)"
    ui_tail "$log"
  fi
  return $rc
}

ui_interrupt() {
  [ -n "${UI_CHILD:-}" ] || return 0
  kill -TERM -- "-$UI_CHILD" 2>/dev/null || true
  wait "$UI_CHILD" 2>/dev/null || true
  UI_CHILD=
}

ui_wait() {
  local label=$1 seconds=$2 started=$SECONDS shown=$SECONDS
  shift 2
  until "$@"; do
    if [ $((SECONDS - started)) -ge "$seconds" ]; then
      [ -z "$UI_TERMINAL" ] || printf '\r\e[K'
      ui_error "waited $seconds s for $label, in vain"
      return 1
    fi
    if [ -n "$UI_TERMINAL" ]; then
      printf '\r\e[K%s[%4d s]%s waiting for %s … %d s' "$UI_DIM" "$(ui_elapsed)" "$UI_OFF" "$label" $((SECONDS - started))
    elif [ $((SECONDS - shown)) -ge 5 ]; then
      shown=$SECONDS
      ui_say "waiting for $label … $((SECONDS - started)) s"
    fi
    sleep 0.1
  done
  [ -z "$UI_TERMINAL" ] || printf '\r\e[K'
  return 0
}
