// What `affidavit doctor` asks Postgres: the settings, powers and guards that evidence hangs on. Nothing is judged
// here, and nothing changed. Functions run inside a caller's transaction and may throw libpqxx's exceptions, which
// Transact turns into a Status.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/time.h"

namespace affidavit::db {

class Connection;
class Transaction;

struct ServerFacts {
  int version_number = 0;  // 150020
  // Of this session, which has what the ledger's sessions have. What this role may not see is missing.
  std::map<std::string, std::string> settings;
  std::vector<std::string> extensions;  // of this database, beside plpgsql
  bool is_standby = false;
  bool is_local = false;      // over a Unix socket or loopback
  bool is_encrypted = false;  // TLS
  TimePoint time;
};
ServerFacts ReadServerFacts(Transaction& transaction);

// What the session's role could do to the tables of schema affidavit, by Postgres' own word.
struct RolePowers {
  std::string role;
  bool is_superuser = false;
  bool is_owner = false;               // owns a table there, or may become who does
  std::vector<std::string> granted;    // "UPDATE on entries": of this role, superuser and owner aside
  std::vector<std::string> strangers;  // "DELETE on entries to alice": of anybody but the tables' owner
};
RolePowers ReadRolePowers(Transaction& transaction);

// The tables of schema affidavit by name, partitions included.
std::vector<std::string> ReadEvidenceTables(Transaction& transaction);

// Tries a DELETE that would find no row, in a transaction of its own that is rolled back. PERMISSION_DENIED when
// Postgres refused it, OK when it did not; else whatever kept it from being tried.
absl::Status AttemptDelete(Connection& connection, const std::string& table);

struct KnownSigningKey {
  std::string source, key_id;
  std::string key_fingerprint;  // 8 bytes
};
// Of every key that a source has ever signed with.
std::vector<KnownSigningKey> ReadSigningKeys(Transaction& transaction);

// Whether somebody copies (has copied) entries to an object store, and whether somebody signs (has signed) the log.
struct OthersWork {
  bool is_mirrored = false;
  bool is_signed = false;
};
OthersWork ReadOthersWork(Transaction& transaction);

}  // namespace affidavit::db
