// The signing keys that sources are known to sign with. A key id stands for one secret for ever: what was signed under
// it must be checkable years later. Keys are on record in the database; what this process has seen there it remembers,
// since the table is append-only, and the hot path does not ask again. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "db/connection_pool.h"

namespace affidavit::ledger {

class KeyRegistry {
 public:
  struct Key {
    std::string source;
    std::string key_id;
    std::string key_fingerprint;  // 8 bytes

    friend bool operator<(const Key& a, const Key& b) {
      return std::tie(a.source, a.key_id, a.key_fingerprint) < std::tie(b.source, b.key_id, b.key_fingerprint);
    }
  };

  // `pool` outlives the registry.
  explicit KeyRegistry(db::ConnectionPool* pool) : pool_(pool) {}

  // Puts what is new on record. FAILED_PRECONDITION, naming source and key id, when an id is on record with another
  // fingerprint; otherwise the pool's errors.
  absl::Status Check(const std::vector<Key>& keys);

 private:
  // OK when known and equal, NOT_FOUND when unknown, FAILED_PRECONDITION when different.
  absl::Status CheckKnown(const Key& key);
  absl::Status Record(const Key& key);

  db::ConnectionPool* const pool_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::string>
      known_;  // (source, key id) -> fingerprint; guarded by mutex_
};

}  // namespace affidavit::ledger
