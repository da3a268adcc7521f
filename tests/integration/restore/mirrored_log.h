// A log of entries of every kind, mirrored into a bucket in memory, and an empty database to restore it into.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "cli/restore/restorer.h"
#include "services/objectstore/object_store.h"
#include "tests/integration/fsck_log.h"
#include "tests/integration/restore/bad_bucket.h"
#include "tests/support/memory_object_store.h"

namespace affidavit::cli {

class MirroredLog : public FsckLog {
 protected:
  // Copies everything there is, the log too, into `store`.
  void MirrorInto(objectstore::ObjectStore* store);
  void Mirror() { MirrorInto(&memory_); }
  // 150 entries signed and mirrored, then 150 more.
  void FillAndMirror();

  absl::StatusOr<RestoreResult> Restore(objectstore::ObjectStore* store, const testing::TestDatabase& into,
                                        const std::optional<std::string>& guard_note = std::nullopt,
                                        bool thaw = false) const;
  absl::StatusOr<RestoreResult> Restore(const std::optional<std::string>& guard_note = std::nullopt,
                                        bool thaw = false) {
    return Restore(&bucket_, restored_, guard_note, thaw);
  }

  // The rows of the first `size` entries in both databases are the same, but for what a bucket cannot know.
  void ExpectSame(int64_t size) const;
  // A checkpoint of this log, signed with its key, over a tree that nobody has.
  std::string SignBeyond(uint64_t tree_size, const std::string& origin = kFsckOrigin) const;
  // Whether a ledger would append: the database extends its own newest checkpoint, and `guard_note`.
  bool WouldAppend(const testing::TestDatabase& database, const std::optional<std::string>& guard_note) const;
  std::string KeyOf(int64_t leaf_index) const;
  // Puts other bytes on top of what lies there.
  void Cover(const std::string& key, const std::string& bytes);

  testing::MemoryObjectStore memory_;
  testing::BadBucket bucket_{&memory_};
  testing::TestDatabase restored_;
};

}  // namespace affidavit::cli
