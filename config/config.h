// The one configuration file, TOML, as plain structs with defaults. Parsed once in main; nobody else reads files or the
// environment. deploy/affidavit.example.toml documents every key and is loaded by a test. Any key of a section (not of
// a source) can be overridden as AFFIDAVIT_SECTION_KEY.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/envelope/details.h"
#include "core/envelope/profile.h"
#include "core/signature/verifier.h"

namespace affidavit::config {

struct LogConfig {
  std::string level = "info";  // debug | info | warning | error
};

struct DatabaseConfig {
  std::string url;  // as role affidavit_ledger, the worker's as affidavit_worker; may hold a password: never logged
  std::string url_file;  // a file that holds it, already read into `url` unless secrets were loaded: the adapter needs
                         // no database
};

struct TlsServerConfig {
  std::string certificate_file;  // PEM chain; empty: no TLS
  std::string key_file;
  std::string client_ca_file;  // ledger only: demand client certificates signed by it
};

struct LedgerConfig {
  std::string listen = "127.0.0.1:7443";  // host:port or unix:/path
  std::string metrics_listen = "127.0.0.1:9102";
  TlsServerConfig tls;   // tls_certificate_file, tls_key_file, tls_client_ca_file
  int append_lanes = 2;  // overlapping append transactions
  int batch_count_max = 512;
  int64_t batch_bytes_max = 8 << 20;
  int queue_count_max = 8192;
  int64_t queue_bytes_max = 128 << 20;
  int query_connections = 4;
  int retention_years = 7;
  int excluded_retention_days = 90;
  int clock_skew_seconds = 5;
  int drain_seconds = 20;
};

// What `affidavit retention set` may ask for.
struct RetentionConfig {
  int max_years = 10;  // a typing error here is for ever: no lock in the object store can be shortened
};

// The log's identity and the pace at which it publishes. Without key files nothing is signed, and no proofs are given.
struct SigningConfig {
  std::string origin;                  // names the log in every checkpoint: a schema-less URL, "ledger.example.com/log"
  std::vector<std::string> key_files;  // secrets in the form of `affidavit keygen`, mode 0600; each signs (rotation)
  std::string guard_file;              // the last checkpoint, out of a restore's reach; default beside the first key
  int checkpoint_interval_ms = 1'000;
  int heartbeat_seconds = 3'600;
  bool require_witness = false;  // appends stop while no witness has cosigned a checkpoint for witness_deadline_seconds
  int witness_deadline_seconds = 60;
  int anchor_interval_seconds = 60;  // how often the newest checkpoint goes to the timestampers
};

// [[timestampers]]: an RFC 3161 authority that dates checkpoints.
struct TimestamperConfig {
  std::string name;     // for people; shown in GetCheckpoint
  std::string url;      // http(s)
  std::string ca_file;  // PEM roots that its tokens must chain to
};

// [[witnesses]]: a C2SP tlog-witness that cosigns checkpoints.
struct WitnessConfig {
  std::string url;   // http(s); submission prefix, "/add-checkpoint" is appended
  std::string vkey;  // its cosignature/v1 verifier key
};

struct AdapterConfig {
  std::string id = "adapter-1";
  std::vector<std::string> listen = {"127.0.0.1:8443"};
  std::string metrics_listen = "127.0.0.1:9101";
  TlsServerConfig tls;
  bool plain_http = false;           // HTTP without TLS, only then
  bool plain_http_anywhere = false;  // plain HTTP on an address that is not loopback: only behind a TLS proxy
  std::string ledger_target = "127.0.0.1:7443";
  std::string ledger_ca_file;  // TLS towards the ledger when set
  std::string ledger_client_certificate_file, ledger_client_key_file;
  int threads = 2;
  int connections_max = 1024;
  int64_t body_bytes_max = 1 << 20;
  int64_t in_flight_bytes_max = 256 << 20;
  int header_bytes_max = 16 << 10;
  int header_timeout_seconds = 10;
  int body_timeout_seconds = 20;
  int idle_timeout_seconds = 75;
  int answer_timeout_ms = 8'000;  // from the last byte to the answer, whatever happens
  int append_calls_in_flight = 2;
  int batch_count_max = 512;
  int64_t batch_bytes_max = 3 << 20;  // below gRPC's message limit
  int drain_seconds = 20;
};

struct SourceConfig {
  std::string name;        // A-Z a-z 0-9 . _ -, at most 64
  std::string route;       // default /sources/NAME
  Profile profile;         // the built-in one with this source's own pointers, maps and scope laid over it
  DetailPointers details;  // [sources.details]
  SignatureScheme scheme = SignatureScheme::kHmacSha256Hex;
  std::string signature_header;  // lower case; default by scheme
  std::vector<Secret> secrets;   // loaded only when asked for
};

// Where the mirror's copies go. Credentials for S3, the first that is there: access_key_id with secret_access_key_file,
// credentials_command, the environment (AWS_ACCESS_KEY_ID …), credentials_file (the standard shared file) with profile.
struct ObjectStoreConfig {
  std::string kind = "none";  // none | directory | s3
  std::string directory;      // of kind directory
  std::string endpoint;       // s3: https://host[:port]; empty: AWS's own for the region
  std::string region = "us-east-1";
  std::string bucket;
  std::string prefix;       // before every key; empty or ending in '/'
  bool path_style = false;  // https://host/bucket/key instead of https://bucket.host/key
  std::string ca_file;      // PEM roots; empty: the system's
  std::string access_key_id;
  std::string secret_access_key_file;
  std::string session_token_file;
  std::string credentials_file;     // default ~/.aws/credentials
  std::string profile = "default";  // in it
  std::string credentials_command;  // prints AWS credential_process JSON; run again before what it printed expires
  int timeout_seconds = 30;         // a request with its retries
};

// The worker: what follows the log. Each part can be switched off here and run in another process.
struct WorkerConfig {
  std::string id = "worker-1";  // in every receipt; A-Z a-z 0-9 . _ -
  std::string metrics_listen = "127.0.0.1:9103";
  std::string ledger_target = "127.0.0.1:7443";  // for the records that the worker appends
  std::string ledger_ca_file;
  std::string ledger_client_certificate_file, ledger_client_key_file;
  int drain_seconds = 20;
};

struct MirrorConfig {
  bool enabled = true;                // with an object store of kind none there is nothing to do
  bool verify_existing = true;        // HEAD before a PUT that may be a repeat; off for a write-only role
  int concurrency = 8;                // PUTs under way
  int poll_interval_ms = 1'000;       // how long to wait when all is copied
  int log_interval_seconds = 60;      // how often log/checkpoint and partial tiles are replaced
  int sweep_interval_seconds = 300;   // how often findings are tried again
  int64_t lag_alert_seconds = 3'600;  // an entry that waits longer raises an alert
};

// The projections of what the log says: the worker folds them, the ledger answers from them (docs/answers.md).
struct FactsConfig {
  bool enabled = true;           // whether this worker folds
  int poll_interval_ms = 1'000;  // how long to wait when all is folded
  std::string subject_key_file;  // the deployment's key for recipients, mode 0600; empty: nobody is found by recipient
  std::string subject_key;       // what is in it, without white space around; empty: no file, or none to be read
  int drift_threshold_ms = 5'000;  // platform's and carrier's clock further apart than this are flagged
};

// Silent failures: sends that got no delivery, read or status in time.
struct TimeoutsConfig {
  bool enabled = true;
  int threshold_seconds = 120;
  ValueMap channels;                 // by channel, instead: seconds, or "off" where nobody reports receipts
  int adapter_silence_seconds = 30;  // an adapter silent for longer holds all of it up, until it is back or retired
  int adapter_grace_seconds = 12;    // how long an adapter may hold an event before the log has it
  int poll_interval_ms = 1'000;
};

// [[siem]]: a sink for write receipts and alerts.
struct SiemConfig {
  std::string name;              // names its cursor: A-Z a-z 0-9 . _ -
  std::string kind;              // relp | syslog-tls | json-lines
  std::string target;            // host:port; for json-lines a file
  std::string ca_file;           // relp: TLS when set; syslog-tls: required
  std::string certificate_file;  // the client's, optional
  std::string key_file;
  std::string host_name;                    // HOSTNAME of the messages; default the machine's
  std::string app_name = "affidavit";       // APP-NAME
  std::string enterprise_number = "32473";  // of the SD-ID; IANA's example until you have your own
  std::string format = "rfc5424";           // rfc5424 | ocsf
};

struct Config {
  LogConfig log;
  DatabaseConfig database;
  LedgerConfig ledger;
  RetentionConfig retention;
  SigningConfig signing;
  std::vector<TimestamperConfig> timestampers;
  std::vector<WitnessConfig> witnesses;
  AdapterConfig adapter;
  ObjectStoreConfig object_store;
  WorkerConfig worker;
  MirrorConfig mirror;
  FactsConfig facts;
  TimeoutsConfig timeouts;
  std::vector<SiemConfig> siem;
  std::vector<SourceConfig> sources;
};

// Whether to read the secrets' files and variables: the adapter does, nobody else needs to see them.
enum class LoadSecrets { kNo, kYes };
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// INVALID_ARGUMENT with every fault at once, one a line, each with its place ("affidavit.toml:12: …",
// "AFFIDAVIT_LOG_LEVEL: …"): unknown key, wrong type, out of range, duplicate source name or route, one secret id with
// two fingerprints, a file that cannot be read or that everybody can. No value is repeated. `path` is used in messages;
// relative file names count from its folder.
absl::StatusOr<Config> ParseConfig(std::string_view toml, const std::string& path, LoadSecrets secrets,
                                   const Environment& environment);

// Reads `path` and the process's environment; a variable AFFIDAVIT_<SECTION>_… that overrides no key is a fault too.
absl::StatusOr<Config> LoadConfig(const std::string& path, LoadSecrets secrets);

// What a process needs before it starts, beyond what any reader of the file does: INVALID_ARGUMENT with every fault.
// The adapter: a source, certificates or the explicit wish for plain HTTP, and TLS towards a ledger that is not on this
// machine. The ledger: a database, and TLS unless it listens on loopback or a Unix socket.
absl::Status CheckAdapter(const Config& config);
absl::Status CheckLedger(const Config& config);
// The worker: a database, something to do (projections, timeouts, a mirror or a SIEM sink), an object store and sinks
// that are complete, and TLS towards a ledger that is not on this machine.
absl::Status CheckWorker(const Config& config);
// Whoever hashes recipients, the command line too: the key, where one is named, is there, of 16 bytes or more, and
// nobody else's to read.
absl::Status CheckFacts(const FactsConfig& facts);
// Whoever opens the object store, the command line too: there is one, and what names it is complete.
absl::Status CheckObjectStore(const ObjectStoreConfig& store);

}  // namespace affidavit::config
