#include "cli/dispose/disposal.h"

#include <thread>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/retention/disposition.h"
#include "db/disposition_store.h"

namespace affidavit::cli {
namespace {

constexpr int kObjectsAtOnce = 500;
constexpr size_t kRefusedNamedMax = 10;

class PartitionDisposal {
 public:
  PartitionDisposal(const std::string& partition_name, const DisposalOptions& options, const DisposalMeans& means)
      : options_(options), means_(means) {
    result_.partition_name = partition_name;
  }

  absl::StatusOr<DisposalResult> Run() {
    RETURN_IF_ERROR(Prepare());
    for (int attempt = 1;; ++attempt) {
      RETURN_IF_ERROR(Announce());
      RETURN_IF_ERROR(DeleteObjects());
      if (result_.refused_object_count > 0) {
        return std::move(result_);
      }
      const absl::Status dropped = Drop();
      if (dropped.ok()) {
        break;
      }
      if (!absl::IsUnavailable(dropped) || attempt >= options_.attempts_max) {
        return dropped;
      }
      // A hold, a policy or a payload came meanwhile: what stays is chosen anew, and announced as what it is now.
      RETURN_IF_ERROR(Prepare());
    }
    RETURN_IF_ERROR(Conclude());
    return std::move(result_);
  }

 private:
  // `body` in a transaction, again while others keep it from being done.
  template <typename Body>
  absl::Status Try(db::Connection& connection, const Body& body) {
    absl::Status status;
    for (int attempt = 1; attempt <= options_.attempts_max; ++attempt) {
      RETURN_IF_ERROR(means_.check());
      status = connection.Transact([&](db::Transaction& transaction) {
        body(transaction);
        return absl::OkStatus();
      });
      if (!absl::IsUnavailable(status)) {
        return status;
      }
      std::this_thread::sleep_for(options_.pause);
    }
    return status;
  }

  absl::Status Prepare() {
    return Try(*means_.database, [this](db::Transaction& transaction) {
      prepared_ = db::PrepareDisposition(transaction, result_.partition_name, options_.cutoff);
    });
  }

  absl::Status Announce() {
    const DispositionIntent intent{.partition_name = result_.partition_name,
                                   .actor = options_.actor,
                                   .reason = options_.reason,
                                   .cutoff_time = options_.cutoff,
                                   .row_count = prepared_.row_count,
                                   .kept_count = prepared_.kept_count,
                                   .held_count = prepared_.held_count};
    if (const std::vector<ActFault> faults = FindDispositionFaults(intent); !faults.empty()) {
      return absl::InvalidArgumentError(Concat({faults.front().field, " ", faults.front().description}));
    }
    ASSIGN_OR_RETURN(result_.intent_leaf_index, means_.append(EncodeIntent(intent)));
    return absl::OkStatus();
  }

  absl::Status DeleteObjects() {
    int64_t next = 0;
    for (;;) {
      std::vector<db::ExpiredObject> objects;
      RETURN_IF_ERROR(Try(*means_.database, [&](db::Transaction& transaction) {
        objects = db::ListExpiredObjects(transaction, result_.partition_name, next, kObjectsAtOnce);
      }));
      for (const db::ExpiredObject& object : objects) {
        RETURN_IF_ERROR(DeleteObject(object));
        next = object.leaf_index + 1;
      }
      if (static_cast<int>(objects.size()) < kObjectsAtOnce) {
        break;
      }
    }
    return absl::OkStatus();
  }

  absl::Status DeleteObject(const db::ExpiredObject& object) {
    RETURN_IF_ERROR(means_.check());
    const absl::Status status = means_.store != nullptr && object.store == means_.store->Name()
                                    ? means_.store->Delete(object.object_key, object.version_id)
                                    : absl::PermissionDeniedError(Concat({"it lies in ", object.store}));
    if (absl::IsNotFound(status)) {
      ++result_.absent_object_count;
    } else if (absl::IsPermissionDenied(status)) {
      ++result_.refused_object_count;
      if (result_.refused_objects.size() < kRefusedNamedMax) {
        result_.refused_objects.push_back(Concat({object.object_key, ": ", std::string(status.message())}));
      }
    } else {
      RETURN_IF_ERROR(status);
      ++result_.deleted_object_count;
    }
    means_.on_progress(result_.deleted_object_count + result_.absent_object_count + result_.refused_object_count);
    return absl::OkStatus();
  }

  absl::Status Drop() {
    return Try(*means_.finisher, [this](db::Transaction& transaction) {
      result_.disposed_count = db::CompleteDisposition(transaction, result_.partition_name, result_.intent_leaf_index);
    });
  }

  absl::Status Conclude() {
    result_.kept_count = prepared_.kept_count;
    result_.held_count = prepared_.held_count;
    ASSIGN_OR_RETURN(result_.complete_leaf_index,
                     means_.append(EncodeComplete({.partition_name = result_.partition_name,
                                                   .actor = options_.actor,
                                                   .intent_leaf_index = result_.intent_leaf_index,
                                                   .disposed_count = result_.disposed_count,
                                                   .kept_count = result_.kept_count})));
    return absl::OkStatus();
  }

  const DisposalOptions& options_;
  const DisposalMeans& means_;
  db::PreparedDisposition prepared_;
  DisposalResult result_;
};

}  // namespace

absl::StatusOr<int> ConcludeDisposals(const DisposalOptions& options, const DisposalMeans& means) {
  std::vector<db::DroppedDisposition> dropped;
  RETURN_IF_ERROR(means.database->Transact([&](db::Transaction& transaction) {
    dropped = db::ListUnconcluded(transaction);
    return absl::OkStatus();
  }));
  for (const db::DroppedDisposition& disposition : dropped) {
    RETURN_IF_ERROR(means
                        .append(EncodeComplete({.partition_name = disposition.partition_name,
                                                .actor = options.actor,
                                                .intent_leaf_index = disposition.intent_leaf_index,
                                                .disposed_count = disposition.disposed_count,
                                                .kept_count = disposition.kept_count}))
                        .status());
  }
  return static_cast<int>(dropped.size());
}

absl::StatusOr<DisposalResult> DisposeOfPartition(const std::string& partition_name, const DisposalOptions& options,
                                                  const DisposalMeans& means) {
  return PartitionDisposal(partition_name, options, means).Run();
}

}  // namespace affidavit::cli
