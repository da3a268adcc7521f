// An ObjectStore in a directory: the demo's, and for trying things. It refuses what a store under Object Lock refuses,
// and keeps every version, but whoever may write to the disk can delete all of it: this is NOT WORM, and Describe()
// says so.
//
//   ROOT/audit/2026-11-24/EMAIL/evt-1.json   the newest bytes of each key under its own name: a view, for people and
//   tools ROOT/.versions/audit/…/evt-1.json%/      a folder a key: for each version its bytes and its record, read-only
//   files
//
// A version is there once its record is (directory_record.h); all else was flushed to disk before. A crash at any point
// leaves bytes without a record, which nobody sees and the next Put of the key sweeps away. Writers of one key, in all
// threads and processes, take turns on its folder's lock; readers never wait.
//
// Beyond the interface: a name between two '/' of a key is at most 240 bytes after escaping, else INVALID_ARGUMENT; of
// a key's unlocked versions the newest kUnlockedVersionsKept stay, as a lifecycle rule would have it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/time.h"
#include "services/objectstore/object_store.h"

namespace affidavit::objectstore {

inline constexpr int kUnlockedVersionsKept = 8;

// Makes `root` (and the folders above it) where it is missing. FAILED_PRECONDITION when it holds files and is no
// directory store; INTERNAL when the disk does not let us. `clock` decides whether a lock still holds; it must live as
// long as the store.
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenDirectoryStore(const std::string& root,
                                                                const Clock& clock = SystemClock());

}  // namespace affidavit::objectstore
