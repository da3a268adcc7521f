#include "services/projector/notices.h"

#include <algorithm>

#include "ops/alerts.h"

namespace affidavit::projector {

void Notices::KeepQuietBelow(int64_t leaf_index) {
  quiet_below_ = std::max(quiet_below_, leaf_index);
}

void Notices::Raise(const FoldedStep& folded) {
  for (const SchemaChange& change : folded.changes) {
    if (change.leaf_index >= quiet_below_) {
      ops::RaiseAlert(ops::kAlertSchemaChanged, {{"source", change.source},
                                                 {"event_type", change.event_type},
                                                 {"schema_version", change.schema_version},
                                                 {"shape_id", change.shape_id},
                                                 {"leaf_index", change.leaf_index}});
    }
  }
  for (const SchemaDrift& drift : folded.drifts) {
    if (drift.leaf_index >= quiet_below_ && drifts_.size() < kDriftNoticesMax &&
        drifts_.emplace(drift.schema_id, drift.drift.pointer, drift.drift.reason).second) {
      ops::RaiseAlert(ops::kAlertSchemaDrifted, {{"source", drift.source},
                                                 {"event_type", drift.event_type},
                                                 {"schema_version", drift.schema_version},
                                                 {"schema_id", drift.schema_id},
                                                 {"pointer", drift.drift.pointer},
                                                 {"reason", drift.drift.reason},
                                                 {"leaf_index", drift.leaf_index}});
    }
  }
}

}  // namespace affidavit::projector
