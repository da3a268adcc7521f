# shellcheck shell=bash
# A throw-away S3 server with Object Lock for the tests: Ceph RGW with its store in memory, on 127.0.0.1. Source this file.
#
#   object_store_start DIR             makes the server and starts it (2 s); DIR must not exist, or be empty
#   object_store_variables DIR         prints what tests need, as lines NAME=VALUE (the AFFIDAVIT_TEST_S3_… below)
#   object_store_gateway_stop DIR [SIGNAL]   ends the gateway alone: an outage, after which all objects are still there
#   object_store_gateway_start DIR     and brings it back, on the same ports
#   object_store_add_user DIR NAME [OPTION…]  one more user, with options of `radosgw-admin user create`; prints its two keys
#   object_store_remove DIR            ends every process and deletes DIR
#
# AFFIDAVIT_TEST_S3_DIRECTORY   DIR                       AFFIDAVIT_TEST_S3_ENDPOINT      http://127.0.0.1:PORT
# AFFIDAVIT_TEST_S3_REGION      us-east-1                 AFFIDAVIT_TEST_S3_TLS_ENDPOINT  https://127.0.0.1:PORT
# AFFIDAVIT_TEST_S3_CA_FILE     the certificate of that TLS endpoint's authority
# AFFIDAVIT_TEST_S3_ACCESS_KEY, …_SECRET_KEY                 a user who may make buckets, and give others rights (IAM)
# AFFIDAVIT_TEST_S3_WRITER_ACCESS_KEY, …_WRITER_SECRET_KEY   a user `writer` who can only ever write, to others' buckets
#
# Three processes: a monitor, one storage daemon, the gateway; no manager, no keyrings, no authentication between them, since
# only this machine reaches them. Where root calls they run as user ceph. Each is noted with its pid and start time before it
# becomes the daemon, so that nothing is ended but what was started here, and nothing is started that cannot be found again.

OBJECT_STORE_DEADLINE_S=${OBJECT_STORE_DEADLINE_S:-60}
OBJECT_STORE_ENDS_WITH_CALLER=${OBJECT_STORE_ENDS_WITH_CALLER:-}  # set: the daemons end with the shell that started them

_os_fail() {
  echo "object store: $*" >&2
  return 1
}

_os_as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && exec setpriv --reuid ceph --regid ceph --clear-groups "$@")
  else
    (cd / && exec "$@")
  fi
}

# Field 22 of /proc/PID/stat: with it a pid names one process for ever. Fails for one that is gone or a zombie.
_os_start_time() {
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  read -ra fields <<<"${stat##*) }"
  [ "${fields[0]}" != Z ] || return 1
  echo "${fields[19]}"
}

_os_pid() { # DIR NAME
  local pid start
  read -r pid start 2>/dev/null <"$1/$2.pid" || return 1
  [ "$(_os_start_time "$pid")" = "$start" ] || return 1
  echo "$pid"
}

# _os_launch DIR NAME COMMAND…: in the background and in a session of its own, out of reach of a terminal's Ctrl-C.
_os_launch() {
  local dir=$1 name=$2 as=()
  shift 2
  [ "$(id -u)" -ne 0 ] || as+=(--reuid ceph --regid ceph --clear-groups)
  [ -z "$OBJECT_STORE_ENDS_WITH_CALLER" ] || as+=(--pdeathsig KILL)
  [ ${#as[@]} -eq 0 ] || as=(setpriv "${as[@]}")
  rm -f "$dir/$name.pid"
  (
    cd / || exit
    pid=$BASHPID  # in $(…) it would be another one
    echo "$pid $(_os_start_time "$pid")" >"$dir/$name.pid.new"
    mv "$dir/$name.pid.new" "$dir/$name.pid"
    exec setsid "${as[@]}" "$@" </dev/null >>"$dir/$name.log" 2>&1 9>&-
  ) &
  disown $!
  _os_await "$dir" "$name to start" "" test -e "$dir/$name.pid"
}

# _os_await DIR WHAT NAMES COMMAND…: until COMMAND succeeds; not when a daemon of NAMES has died or the deadline is over.
_os_await() {
  local dir=$1 what=$2 names=$3 name until=$((SECONDS + OBJECT_STORE_DEADLINE_S))
  shift 3
  until "$@"; do
    for name in $names; do
      _os_pid "$dir" "$name" >/dev/null ||
        _os_fail "$name ended while waiting for $what: $(tail -n 3 "$dir/$name.log")" || return 1
    done
    [ "$SECONDS" -lt "$until" ] || _os_fail "waited $OBJECT_STORE_DEADLINE_S s for $what, in vain" || return 1
    sleep 0.02
  done
}

_os_end() { # DIR NAME [SIGNAL]
  local pid
  pid=$(_os_pid "$1" "$2") || return 0
  kill "-${3:-KILL}" "$pid" 2>/dev/null || true
  _os_await "$1" "$2 to end" "" _os_is_gone "$1" "$2"
}
_os_is_gone() { ! _os_pid "$1" "$2" >/dev/null; }

_os_is_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The gateway listens before it can read its pools; then it answers an anonymous request.
_os_answers() { [ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 10 "http://127.0.0.1:$1/")" = 200 ]; }

# Below the kernel's ephemeral range, so that no outgoing connection takes a port while the gateway is away.
_os_choose_ports() {
  local port
  while true; do
    OS_PORT=$((20000 + (RANDOM * 32768 + RANDOM) % 11900))
    for port in "$OS_PORT" $((OS_PORT + 1)) $((OS_PORT + 2)); do
      ! _os_is_listening "$port" || continue 2
    done
    return 0
  done
}

_os_make_certificates() {
  (
    cd "$1" || exit
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Affidavit object store tests" \
      -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt &&
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr &&
      printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >server.ext &&
      openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.crt
  ) >"$1/openssl.log" 2>&1 || _os_fail "openssl: $(tail -n 3 "$1/openssl.log")"
}

_os_write_configuration() {
  local dir=$1 port=$2
  cat >"$dir/ceph.conf" <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = v2:127.0.0.1:$((port + 2))
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr1 = false
ms bind port min = $((port + 3))
ms bind port max = $((port + 90))
auth cluster required = none
auth service required = none
auth client required = none
# The gateway's default, "secure", cannot work without authentication: it would try for ever.
ms mon client mode = crc
run dir = $dir
admin socket =
log file = $dir/\$type.log
log to stderr = false
err to stderr = true
# One copy of everything, in one placement group a pool.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true

[mon]
mon data = $dir/mon
mon cluster log file = $dir/cluster.log
# Waiting for more changes before each vote is most of a cold start.
paxos propose interval = 0.01
paxos min wait = 0.005
mon data avail warn = 1
mon data avail crit = 0

[osd]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd crush update on start = false
# The log of recent changes is most of the daemon's memory.
osd min pg log entries = 50
osd max pg log entries = 100
osd pg log dups tracked = 50

[client]
# A request made before the storage daemon is up waits for the next tick.
objecter tick interval = 0.25
rgw frontends = beast endpoint=127.0.0.1:$port ssl_endpoint=127.0.0.1:$((port + 1)) ssl_certificate=$dir/server.crt \
ssl_private_key=$dir/server.key
# Buckets as host names too: BUCKET.localhost.
rgw dns name = localhost
rgw thread pool size = 64
rgw enable gc threads = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw run sync thread = false
rgw enable usage log = false
END
}

# The map that the monitor is born with has the storage daemon in it: no `ceph` command (Python, slow) is needed to add it.
_os_start_cluster() {
  local dir=$1 port=$2 conf=$1/ceph.conf
  mkdir -m 0700 "$dir/mon" "$dir/osd"
  [ "$(id -u)" -ne 0 ] || chown -R ceph:ceph "$dir"
  _os_launch "$dir" mkfs ceph-osd -c "$conf" -i 0 --mkfs --no-mon-config --osd-uuid "$(cat /proc/sys/kernel/random/uuid)" ||
    return 1
  {
    _os_as_owner monmaptool --create --fsid "$(sed -n 's/^fsid = //p' "$conf")" --addv a "[v2:127.0.0.1:$((port + 2))]" \
      --set-min-mon-release pacific "$dir/monmap" &&
      _os_as_owner osdmaptool -c "$conf" --createsimple 1 "$dir/osdmap" &&
      _os_as_owner ceph-mon -c "$conf" -i a --mkfs --monmap "$dir/monmap" --osdmap "$dir/osdmap"
  } >"$dir/maps.log" 2>&1 </dev/null || _os_fail "the monitor's store: $(tail -n 3 "$dir/maps.log")" || return 1
  _os_launch "$dir" mon ceph-mon -c "$conf" -i a -f || return 1
  _os_await "$dir" "the monitor" mon _os_is_listening $((port + 2)) || return 1
  _os_await "$dir" "the storage daemon's store" mon _os_is_gone "$dir" mkfs || return 1
  _os_launch "$dir" osd ceph-osd -c "$conf" -i 0 -f
}

object_store_add_user() {
  local dir=$1 name=$2 access secret
  shift 2
  access=$name-$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n')
  secret=$(head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n')
  _os_as_owner timeout "$OBJECT_STORE_DEADLINE_S" radosgw-admin -c "$dir/ceph.conf" user create --uid="$name" \
    --display-name="$name" --access-key="$access" --secret-key="$secret" "$@" >"$dir/user-$name.log" 2>&1 </dev/null 9>&- ||
    _os_fail "radosgw-admin: $(tail -n 3 "$dir/user-$name.log")" || return 1
  echo "$access $secret"
}

object_store_gateway_start() {
  local dir=$1 port
  port=$(cat "$1/port") || return 1
  _os_is_gone "$dir" gateway || return 0
  _os_launch "$dir" gateway radosgw -c "$dir/ceph.conf" -n client.rgw -f || return 1
  _os_await "$dir" "the gateway's answer" "mon osd gateway" _os_answers "$port"
}

object_store_gateway_stop() { _os_end "$1" gateway "${2:-KILL}"; }

object_store_variables() { cat "$1/variables"; }

_os_start_all() {
  local dir=$1 access secret writer_access writer_secret
  _os_choose_ports
  echo "$OS_PORT" >"$dir/port"
  _os_make_certificates "$dir" && _os_write_configuration "$dir" "$OS_PORT" && _os_start_cluster "$dir" "$OS_PORT" || return 1
  # The first call makes the gateway's zone and pools, and waits for the storage daemon.
  read -r access secret <<<"$(object_store_add_user "$dir" owner --caps='user-policy=*')"
  [ -n "$access" ] || return 1
  object_store_gateway_start "$dir" || return 1
  # Even where a policy allows more, --op-mask lets it write only; without --max-buckets it could make buckets of its own.
  read -r writer_access writer_secret <<<"$(object_store_add_user "$dir" writer --op-mask=write --max-buckets=-1)"
  [ -n "$writer_access" ] || return 1
  cat >"$dir/variables" <<END
AFFIDAVIT_TEST_S3_DIRECTORY=$dir
AFFIDAVIT_TEST_S3_ENDPOINT=http://127.0.0.1:$OS_PORT
AFFIDAVIT_TEST_S3_TLS_ENDPOINT=https://127.0.0.1:$((OS_PORT + 1))
AFFIDAVIT_TEST_S3_CA_FILE=$dir/ca.crt
AFFIDAVIT_TEST_S3_REGION=us-east-1
AFFIDAVIT_TEST_S3_ACCESS_KEY=$access
AFFIDAVIT_TEST_S3_SECRET_KEY=$secret
AFFIDAVIT_TEST_S3_WRITER_ACCESS_KEY=$writer_access
AFFIDAVIT_TEST_S3_WRITER_SECRET_KEY=$writer_secret
END
}

object_store_start() {
  local dir tool attempt
  for tool in ceph-mon ceph-osd monmaptool osdmaptool radosgw radosgw-admin curl openssl setpriv; do
    command -v "$tool" >/dev/null || _os_fail "no $tool; run scripts/install-deps --test" || return 1
  done
  mkdir -p -m 0755 "$1" || return 1
  dir=$(realpath "$1")
  [ -z "$(ls -A "$dir")" ] || _os_fail "$dir is not empty" || return 1
  [ "$(id -u)" -ne 0 ] || chown ceph:ceph "$dir"
  # Between the choice of a port and its use somebody else can take it: then all is made anew, elsewhere.
  for attempt in 1 2 3; do
    _os_start_all "$dir" && return 0
    object_store_remove "$dir" && [ "$attempt" -lt 3 ] && mkdir -m 0755 "$dir" || return 1
    [ "$(id -u)" -ne 0 ] || chown ceph:ceph "$dir"
  done
  return 1
}

# SIGKILL: there is nothing to flush.
object_store_remove() {
  local dir=$1 name
  [ -e "$dir" ] || return 0
  for name in gateway osd mkfs mon; do
    _os_end "$dir" "$name" || return 1
  done
  rm -rf "$dir"
}
