#include "services/ledger/append/readmit.h"

#include <optional>
#include <string_view>
#include <utility>

#include "core/base/status_macros.h"
#include "db/entry_reader.h"
#include "services/ledger/append/prepare.h"
#include "services/ledger/wire/read_store.h"

namespace affidavit::ledger {
namespace {

absl::StatusOr<std::optional<db::StoredEntry>> Read(db::ConnectionPool& pool, int64_t leaf_index,
                                                    db::WithPayload with_payload) {
  std::optional<db::StoredEntry> entry;
  RETURN_IF_ERROR(ReadStore(pool, [&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(entry, db::ReadEntry(transaction, leaf_index, with_payload));
    return absl::OkStatus();
  }));
  return entry;
}

bool IsReadmittable(EntryKind kind) {
  return kind == EntryKind::kQuarantined || kind == EntryKind::kExcluded;
}

}  // namespace

absl::StatusOr<NotReadmittable> FindNotReadmittable(db::ConnectionPool& pool,
                                                    const std::vector<int64_t>& leaf_indexes) {
  NotReadmittable found;
  for (const int64_t leaf_index : leaf_indexes) {
    ASSIGN_OR_RETURN(const std::optional<db::StoredEntry> entry, Read(pool, leaf_index, db::WithPayload::kNo));
    if (!entry) {
      found.missing.push_back(leaf_index);
      continue;
    }
    ASSIGN_OR_RETURN(const LeafFields fields, DecodeLeaf(entry->leaf));
    if (!IsReadmittable(fields.kind)) {
      found.of_other_kind.push_back(leaf_index);
    }
  }
  return found;
}

absl::StatusOr<Readmission> ReadForReadmission(db::ConnectionPool& pool, int64_t leaf_index) {
  ASSIGN_OR_RETURN(std::optional<db::StoredEntry> entry, Read(pool, leaf_index, db::WithPayload::kYes));
  if (!entry) {
    return absl::NotFoundError("no such entry");
  }
  if (!entry->payload) {
    return absl::FailedPreconditionError("its payload has been disposed of");
  }
  ASSIGN_OR_RETURN(LeafFields fields, DecodeLeaf(entry->leaf));
  return Readmission{leaf_index, std::move(fields), std::make_shared<const std::string>(*std::move(entry->payload))};
}

std::string ReadReason(db::ConnectionPool& pool, int64_t leaf_index) {
  const auto entry = Read(pool, leaf_index, db::WithPayload::kNo);
  if (!entry.ok() || !*entry) {
    return "";
  }
  const absl::StatusOr<LeafFields> fields = DecodeLeaf((*entry)->leaf);
  if (!fields.ok()) {
    return "";
  }
  for (const std::string_view flag : fields->flags) {
    for (const std::string_view prefix : {"excluded_", "quarantined_"}) {
      if (flag.starts_with(prefix)) {
        return std::string(flag.substr(prefix.size()));
      }
    }
  }
  return "";
}

IncomingEnvelope EnvelopeOf(const Readmission& readmission) {
  const LeafFields& fields = readmission.fields;
  return {.source = fields.source,
          .payload = *readmission.payload,
          .receive_time = fields.receive_time,
          .signature = fields.signature,
          .adapter_id = fields.adapter_id,
          .readmitted = true};
}

}  // namespace affidavit::ledger
