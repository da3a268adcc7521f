// What the fault table runs on: one process's stores. Linked with one of memory_append_backend.cc and
// postgres_append_backend.cc.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/append_store.h"

namespace affidavit::testing {

class AppendBackend {
 public:
  struct Entry {
    EntryKind kind;
    std::string event_id;
    Digest payload_sha256;

    bool operator==(const Entry&) const = default;
  };

  virtual ~AppendBackend() = default;
  virtual std::unique_ptr<db::AppendStore> Connect() = 0;
  // By leaf_index; fails the test when they are not gapless from 0, or, where there are tiles, when these are not
  // theirs.
  virtual std::vector<Entry> Entries() = 0;
};

std::unique_ptr<AppendBackend> MakeAppendBackend();

}  // namespace affidavit::testing
