# shellcheck shell=bash
# Private Postgres 15 clusters for the demo, the tests and the benchmark; never the system's. Source this file.
#
#   pg_cluster_start DIR [NAME=VALUE…]   makes the cluster if DIR has none, starts it, waits until it answers; NAME=VALUE are
#                                        server settings for this run. After kill -9 of the postmaster: start it again like this.
#   pg_cluster_stop DIR                  ends every process of the cluster; also when it does not run
#   pg_cluster_remove DIR                stop, then delete it with all it made outside DIR
#   pg_cluster_pid DIR                   prints the postmaster's pid; fails when it does not run
#   pg_cluster_url DIR [ROLE [DATABASE]] prints a libpq URL (default: postgres postgres, the superuser)
#
# (`return` names its status everywhere: called from an EXIT trap, a bare one returns the status from before the trap.)
#
# DIR belongs wholly to the cluster: DIR/data, DIR/log/postgres.log, DIR/socket.
#
# Security: no TCP, only a Unix socket in DIR, a directory with mode 0700 that only the user of the server (and root) can enter.
# Inside it "trust": whoever gets that far could read the data files too, so a password would add nothing but a file to keep.
#
# Postgres refuses to run as root. Where root calls, the server runs as user postgres; where that user cannot reach DIR because
# a directory above is closed to it (a checkout under /root), the server gets the one capability to pass through, or, where
# capabilities are not to be had, DIR becomes a link to a directory under /var/tmp.

PG_CLUSTER_BIN=${PG_CLUSTER_BIN:-/usr/lib/postgresql/15/bin}
PG_CLUSTER_DEADLINE_S=${PG_CLUSTER_DEADLINE_S:-60}
PG_CLUSTER_INITDB_OPTIONS=${PG_CLUSTER_INITDB_OPTIONS:-}  # --no-sync where the cluster lives no longer than a test
PG_CLUSTER_PORT=5432  # names the socket file; no TCP port is opened

_pg_fail() {
  echo "postgres: $*" >&2
  return 1
}

# Runs a command as the user that owns DIR. The working directory must be one which that user can enter.
_pg_as_owner() {
  local dir=$1
  shift
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
    return $?
  fi
  local as=(setpriv --reuid postgres --regid postgres --clear-groups)
  if ! (cd / && "${as[@]}" stat "$dir/." >/dev/null 2>&1); then
    as+=(--bounding-set=-all,+dac_read_search --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search)
  fi
  (cd / && "${as[@]}" "$@")
}

# Makes DIR, owned by the server's user, so that this user can reach it.
_pg_make_directory() {
  local dir=$1
  if [ "$(id -u)" -ne 0 ]; then
    mkdir -p -m 0700 "$dir"
    return $?
  fi
  id postgres >/dev/null 2>&1 || _pg_fail "no user postgres; scripts/install-deps installs postgresql-15" || return 1
  mkdir -p "$(dirname "$dir")"
  install -d -o postgres -g postgres -m 0700 "$dir"
  _pg_as_owner "$dir" stat "$dir/." >/dev/null 2>&1 && return 0
  local elsewhere
  elsewhere=$(mktemp -d /var/tmp/affidavit-postgres.XXXXXX)
  install -d -o postgres -g postgres -m 0700 "$elsewhere"
  rmdir "$dir"
  ln -s "$elsewhere" "$dir"
}

# sockaddr_un holds 107 bytes: where DIR is too deep, DIR/socket is a link to a short directory (made anew if /tmp was emptied).
_pg_make_socket_directory() {
  local dir=$1 socket=$1/socket
  [ -d "$socket" ] && return 0
  rm -f "$socket"
  if [ "$(printf %s "$socket" | wc -c)" -lt 90 ]; then
    _pg_as_owner "$dir" mkdir -m 0700 "$socket"
  else
    local short
    short=$(mktemp -d /tmp/affidavit-pg.XXXXXX)
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$short"
    ln -s "$short" "$socket"
  fi
}

# Beside data first, then renamed: an initdb that was interrupted never looks like a cluster.
_pg_init() {
  local dir=$1
  rm -rf "$dir/data.new"
  mkdir -p "$dir/log"
  [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$dir/log"
  # shellcheck disable=SC2086  # options, one a word
  _pg_as_owner "$dir" "$PG_CLUSTER_BIN/initdb" -D "$dir/data.new" --username=postgres --data-checksums --encoding=UTF8 \
    --locale=C.UTF-8 --auth-local=trust --auth-host=reject $PG_CLUSTER_INITDB_OPTIONS >"$dir/log/initdb.log" 2>&1 ||
    _pg_fail "initdb failed: $(tail -n 3 "$dir/log/initdb.log")" || return 1
  echo "include 'affidavit.conf'" >>"$dir/data.new/postgresql.conf"
  mv "$dir/data.new" "$dir/data"
}

# Durable as in production; sized for a test machine. Errors are logged tersely, without statements: no payload reaches a log.
_pg_write_settings() {
  local dir=$1 setting
  shift
  {
    cat <<END
listen_addresses = ''
port = $PG_CLUSTER_PORT
unix_socket_directories = '$(readlink -f "$dir/socket")'
unix_socket_permissions = 0700
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = 256MB
max_wal_size = 4GB
max_connections = 200
timezone = 'UTC'
log_destination = stderr
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
log_error_verbosity = terse
log_min_error_statement = panic
END
    for setting in "$@"; do
      echo "${setting%%=*} = '${setting#*=}'"
    done
  } >"$dir/data/affidavit.conf"
}

# Every process of the cluster, found by its working directory: a recycled pid in postmaster.pid can never fool us.
_pg_processes() {
  local data process cwd
  data=$(readlink -f "$1/data") || return 0
  find /proc -mindepth 2 -maxdepth 2 -path '/proc/[0-9]*/cwd' -printf '%h %l\n' 2>/dev/null | while read -r process cwd; do
    [ "$cwd" = "$data" ] || continue
    case $(cat "$process/comm" 2>/dev/null) in postgres*) echo "${process#/proc/}" ;; esac
  done
}

# Waits until no process of the cluster is left, `seconds` at most.
_pg_wait_gone() {
  local dir=$1 until=$((SECONDS + $2))
  while [ -n "$(_pg_processes "$dir")" ]; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.05
  done
}

# Children that outlive a killed postmaster hold its shared memory and keep a new one from starting. They leave by themselves
# as soon as they look; one that is stuck (or stopped) is killed: its work was never committed.
_pg_end_orphans() {
  local dir=$1 process
  _pg_wait_gone "$dir" 2 && return 0
  for process in $(_pg_processes "$dir"); do
    kill -KILL "$process" 2>/dev/null || true
  done
  _pg_wait_gone "$dir" 10 || _pg_fail "processes of $dir do not end: $(_pg_processes "$dir" | tr '\n' ' ')"
}

pg_cluster_pid() {
  local pid
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) || return 1
  [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$(readlink -f "$1/data")" ] || return 1
  echo "$pid"
}

pg_cluster_start() {
  local dir
  dir=$(realpath -m "$1")
  shift
  [ -x "$PG_CLUSTER_BIN/postgres" ] || _pg_fail "no Postgres 15 in $PG_CLUSTER_BIN; run scripts/install-deps" || return 1
  pg_cluster_pid "$dir" >/dev/null && return 0
  _pg_make_directory "$dir" || return 1
  dir=$(realpath "$dir")
  _pg_make_socket_directory "$dir" || return 1
  [ -f "$dir/data/PG_VERSION" ] || _pg_init "$dir" || return 1
  _pg_end_orphans "$dir" || return 1
  # Nothing of the cluster runs, so what these say is stale. Postgres itself would believe a pid that is in use again, or one of
  # a process that its parent has not waited for yet.
  rm -f "$dir/data/postmaster.pid" "$dir/socket/.s.PGSQL.$PG_CLUSTER_PORT.lock"
  _pg_write_settings "$dir" "$@" || return 1
  _pg_as_owner "$dir" "$PG_CLUSTER_BIN/pg_ctl" -D "$dir/data" -l "$dir/log/postgres.log" -w -t "$PG_CLUSTER_DEADLINE_S" \
    -s start >/dev/null ||
    _pg_fail "waited $PG_CLUSTER_DEADLINE_S s at most for $dir to answer, in vain: $(tail -n 5 "$dir/log/postgres.log")"
}

pg_cluster_stop() {
  local dir pid signal
  dir=$(realpath -m "$1")
  for signal in INT QUIT KILL; do  # fast, immediate, the power cord
    pid=$(pg_cluster_pid "$dir") || break
    kill -"$signal" "$pid" 2>/dev/null || true
    _pg_wait_gone "$dir" 15 && break
  done
  _pg_end_orphans "$dir"
}

pg_cluster_remove() {
  local dir
  dir=$(realpath -m "$1")
  pg_cluster_stop "$dir" || return 1
  [ ! -L "$dir/socket" ] || rm -rf "$(readlink -f "$dir/socket")"
  rm -rf "$dir" "$1"
}

pg_cluster_url() {
  local socket
  socket=$(readlink -f "$1/socket")
  echo "postgresql://${2:-postgres}@/${3:-postgres}?host=$(jq -rn --arg text "$socket" '$text | @uri')&port=$PG_CLUSTER_PORT"
}
