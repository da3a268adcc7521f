# shellcheck shell=bash
# The demo's stack: keys, certificates, configuration, and services that are started, found and ended by pid.
# Source this file after ui.sh and postgres.sh; ROOT is the checkout, BIN the folder of the binaries, DEMO the stack's folder.
#
#   stack_make_keys                   the log's signing key, the webhook secret, the key that hashes recipients, a private CA and a
#                                     server certificate, each only where it is missing; keys/log.vkey is the key to verify with
#   stack_write_config DATABASE_URL LEDGER_LISTEN LEDGER_METRICS ADAPTER_LISTEN ADAPTER_METRICS WORKER_METRICS
#   stack_start NAME PROGRAM          starts it with its log in DEMO/NAME.log and its pid in DEMO/NAME.pid
#   stack_address NAME FIELD          what the running service's log says it listens on; fails until it does
#   stack_pid NAME                    prints the pid; fails unless that very process runs
#   stack_stop NAME                   SIGTERM, and SIGKILL to what does not end; also when it does not run

STACK_STOP_SECONDS=30
STACK_ORIGIN=demo.invalid/affidavit

# A pid alone may be another process's by now: the start time (field 22 of /proc/PID/stat) tells.
_stack_start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  [ "${stat%% *}" != Z ] || return 1
  echo "$stat" | cut -d' ' -f20
}

stack_pid() {
  local pid start_time
  read -r pid start_time 2>/dev/null <"$DEMO/$1.pid" || return 1
  [ "$(_stack_start_time "$pid")" = "$start_time" ] || return 1
  echo "$pid"
}

stack_start() {
  local name=$1 program=$2 pid
  : >"$DEMO/$name.log"
  # In a session of its own: Ctrl-C reaches this script, and this script ends the services. No inherited descriptor but 0 to 2.
  setsid "$BIN/$program" --config "$DEMO/affidavit.toml" </dev/null >>"$DEMO/$name.log" 2>&1 9>&- &
  pid=$!
  disown "$pid"
  echo "$pid $(_stack_start_time "$pid")" >"$DEMO/$name.pid"
}

stack_stop() {
  local name=$1 pid deadline=$((SECONDS + STACK_STOP_SECONDS))
  if pid=$(stack_pid "$name"); then
    kill -CONT "$pid" 2>/dev/null || true
    kill -TERM "$pid" 2>/dev/null || true
    while stack_pid "$name" >/dev/null; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        ui_warn "$name (pid $pid) did not end in $STACK_STOP_SECONDS s: killed; see $DEMO/$name.log"
        kill -KILL "$pid" 2>/dev/null || true
        deadline=$((SECONDS + STACK_STOP_SECONDS))
      fi
      sleep 0.05
    done
  fi
  rm -f "$DEMO/$name.pid"
}

# The newest line that has the field.
_stack_log_field() {
  jq -rRs --arg field "$2" '[split("\n")[] | fromjson? | objects | .[$field] // empty] | last // empty' "$DEMO/$1.log"
}

stack_address() {
  local value
  value=$(_stack_log_field "$1" "$2")
  [ -n "$value" ] && echo "$value"
}

stack_make_keys() {
  local keys=$DEMO/keys
  mkdir -p -m 0700 "$keys"
  if [ ! -s "$keys/webhook.secret" ]; then
    "$BIN/affidavit" keygen --webhook-secret --out "$keys/webhook.secret" >/dev/null
  fi
  if [ ! -s "$keys/log.key" ]; then
    "$BIN/affidavit" keygen --name "$STACK_ORIGIN" --out "$keys/log.key" >/dev/null || return
  fi
  "$BIN/affidavit" keygen --vkey-of "$keys/log.key" --output json | jq -r .vkey >"$keys/log.vkey" || return
  if [ ! -s "$keys/subject.key" ]; then  # hashes recipients; made on first use
    (umask 077 && openssl rand -hex 32 >"$keys/subject.key") || return
  fi
  if ! openssl x509 -checkend 86400 -noout -in "$keys/server.crt" >/dev/null 2>&1; then
    _stack_make_certificates "$keys"
  fi
}

_stack_make_certificates() {
  (
    cd "$1" || exit
    umask 077
    {
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Affidavit demo CA" \
        -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.crt.new
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr
      printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >server.ext
      openssl x509 -req -in server.csr -CA ca.crt.new -CAkey ca.key -CAcreateserial -days 825 -extfile server.ext -out server.crt
    } >openssl.log 2>&1 || { ui_tail "$1/openssl.log"; exit 1; }
    mv ca.crt.new ca.crt
    rm -f server.csr server.ext ca.crt.srl ca.srl openssl.log
  )
}

stack_write_config() {
  local database_url=$1 ledger_listen=$2 ledger_metrics=$3 adapter_listen=$4 adapter_metrics=$5 worker_metrics=$6
  cat >"$DEMO/affidavit.toml.new" <<END
# Written by scripts/demo, anew at each start. deploy/affidavit.example.toml documents every key.
[database]
url = "$database_url"

[ledger]
listen = "$ledger_listen"
metrics_listen = "$ledger_metrics"

[signing]
origin = "$STACK_ORIGIN"
key_files = ["keys/log.key"]

[adapter]
id = "demo"
listen = ["$adapter_listen"]
metrics_listen = "$adapter_metrics"
tls_certificate_file = "keys/server.crt"
tls_key_file = "keys/server.key"
ledger_target = "$ledger_listen"

# A directory refuses to overwrite and to delete, and is not WORM: its owner can do both (docs/object-store.md).
[object_store]
kind = "directory"
directory = "objects"

# The worker has a role of its own in the database: AFFIDAVIT_DATABASE_URL.
[worker]
id = "demo"
metrics_listen = "$worker_metrics"
ledger_target = "$ledger_listen"

[mirror]
poll_interval_ms = 200
log_interval_seconds = 5

# What is answered from: folded from the log by the worker (docs/answers.md).
[facts]
poll_interval_ms = 200
subject_key_file = "keys/subject.key"

# A send without an answer is marked as timed out; sooner here than the 120 s of a real platform.
[timeouts]
threshold_seconds = 8
adapter_grace_seconds = 2
poll_interval_ms = 200

[[sources]]
name = "genesys"
route = "/genesys/telemetry"
profile = "default"
scheme = "hmac-sha256-hex"

[sources.details]
consent = "/message/metadata/read_consent"

[[sources.secrets]]
id = "demo"
file = "keys/webhook.secret"
END
  mv "$DEMO/affidavit.toml.new" "$DEMO/affidavit.toml"
}
