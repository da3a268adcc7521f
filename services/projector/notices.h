// What the projector tells operators of, and when it keeps quiet. Used by one thread at a time.
//
// schema_changed: once for each version of a known type and each shape of a known version, when it is first folded.
// Quiet: what was folded before (after a reset) and, where nothing was folded yet, what the log held by then; a type's
// first version and a version's first shape, which are no change. A process that starts in the middle of a reindex does
// not know that there was one, and repeats what follows.
// schema_drifted: once a process for each (schema_id, pointer, reason), and quiet likewise.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tuple>

#include "services/projector/fold.h"

namespace affidavit::projector {

inline constexpr size_t kDriftNoticesMax = 10'000;  // different ones that a process tells of

class Notices {
 public:
  // Entries below it raise nothing. Never goes back.
  void KeepQuietBelow(int64_t leaf_index);
  void Raise(const FoldedStep& folded);

 private:
  int64_t quiet_below_ = 0;
  std::set<std::tuple<std::string, std::string, std::string>> drifts_;
};

}  // namespace affidavit::projector
