#include "cli/restore/entry_writer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/restore/bucket.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "db/mirror_store.h"
#include "db/state.h"

namespace affidavit::cli {
namespace {

constexpr int64_t kGroupBytesMax = 8 << 20;
constexpr size_t kGroupCountMax = 256;
constexpr int kThawDays = 14;
constexpr size_t kSqlStateSize = 5;

// "22P02: …" -> "22P02", of what jsonb says to documents that it cannot hold.
std::string RefusedByJsonb(const absl::Status& status) {
  const std::string sqlstate(status.message().substr(0, kSqlStateSize));
  return sqlstate.starts_with("22") || sqlstate.starts_with("54") ? sqlstate : std::string();
}

}  // namespace

absl::Status ReadLeaf(int64_t leaf_index, std::string leaf, EntryOnItsWay& entry) {
  absl::StatusOr<LeafFields> fields = DecodeLeaf(leaf);
  if (!fields.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("entry ", leaf_index, ": its leaf is not of version 1: ", std::string(fields.status().message())));
  }
  entry.leaf_index = leaf_index;
  entry.entry.fields = *std::move(fields);
  entry.entry.leaf_hash = LeafHash(leaf);
  entry.entry.leaf = std::move(leaf);
  return absl::OkStatus();
}

EntryWriter::EntryWriter(objectstore::ObjectStore* store, db::RestoreStore* writer, db::Connection* connection,
                         const RestoreOptions* options, RestoreResult* result)
    : store_(store),
      writer_(writer),
      connection_(connection),
      options_(*options),
      result_(*result),
      admitter_(Profile{}),
      now_(SystemClock().WallNow()) {}

absl::Status EntryWriter::Append(std::deque<EntryOnItsWay>& entries, const std::optional<db::StoredOrigin>& opens) {
  return InGroups(entries, [&](const Group& group) {
    db::RestoreBatch batch;
    for (const EntryOnItsWay* entry : group) {
      batch.entries.push_back(&entry->entry);
      if (entry->HasPayload()) {
        batch.payloads.push_back(&entry->entry);
      }
    }
    if (group.back() == &entries.back()) {
      batch.opens = opens;
    }
    return writer_->Append(group.front()->leaf_index, batch);
  });
}

absl::Status EntryWriter::AddPayloads(std::deque<EntryOnItsWay>& entries) {
  return InGroups(entries, [&](const Group& group) {
    std::vector<const db::NewEntry*> payloads;
    for (const EntryOnItsWay* entry : group) {
      if (entry->HasPayload()) {
        payloads.push_back(&entry->entry);
      }
    }
    return payloads.empty() ? absl::OkStatus() : writer_->AddPayloads(payloads);
  });
}

absl::Status EntryWriter::InGroups(std::deque<EntryOnItsWay>& entries, const WriteGroup& write) {
  for (auto next = entries.begin(); next != entries.end();) {
    Group group;
    int64_t bytes = 0;
    do {
      bytes += next->entry.fields.payload_size;
      group.push_back(&*next++);
    } while (next != entries.end() && group.size() < kGroupCountMax &&
             bytes + next->entry.fields.payload_size <= kGroupBytesMax);
    RETURN_IF_ERROR(Fetch(group));
    RETURN_IF_ERROR(AddReceipts(group));
    RETURN_IF_ERROR(Write(group, write));
    for (EntryOnItsWay* entry : group) {
      Tally(*entry);
      std::string().swap(entry->copy.bytes);
    }
  }
  return absl::OkStatus();
}

absl::Status EntryWriter::Fetch(const Group& group) {
  std::vector<absl::Status> statuses(group.size());
  InParallel(options_.thread_count, group.size(), [&](size_t i) {
    EntryOnItsWay& entry = *group[i];
    if (entry.is_ours) {
      return;
    }
    absl::StatusOr<PayloadCopy> copy = FindPayloadCopy(*store_, entry.leaf_index, entry.entry.fields, now_);
    if (!copy.ok()) {
      statuses[i] = copy.status();
      return;
    }
    entry.copy = *std::move(copy);
    if (entry.copy.state == CopyState::kThere) {
      entry.entry.payload = entry.copy.bytes;
      entry.entry.payload_error = admitter_.Admit(entry.entry.payload).jsonb_error;
    } else if (entry.copy.state == CopyState::kArchived && options_.thaw) {
      statuses[i] = store_->Thaw(entry.copy.object_key, entry.copy.info.version_id, kThawDays);
    }
  });
  const auto failed =
      std::find_if(statuses.begin(), statuses.end(), [](const absl::Status& status) { return !status.ok(); });
  return failed == statuses.end() ? absl::OkStatus() : *failed;
}

void EntryWriter::Tally(const EntryOnItsWay& entry) {
  if (entry.is_ours) {
    return;
  }
  const PayloadCopy& copy = entry.copy;
  const std::string name = absl::StrCat("entry ", entry.leaf_index, ": ", copy.object_key);
  switch (copy.state) {
    case CopyState::kThere:
      ++result_.payload_count;
      if (copy.is_covered) {
        result_.findings.Add("objects", name + ": something else lies on top of the version that is its payload");
      }
      if (!copy.info.retain_until) {
        result_.findings.Add("locks", name + " has no lock, or these credentials may not see it");
      }
      break;
    case CopyState::kLeftOut:
      ++result_.left_out_count;
      break;
    case CopyState::kDisposed:
      ++result_.disposed_count;
      break;
    case CopyState::kArchived:
      ++result_.archived_count;
      result_.thawing_count += options_.thaw ? 1 : 0;
      if (result_.archived.size() < kFindingsKeptMax) {
        result_.archived.push_back(copy.object_key);
      }
      break;
    case CopyState::kMissing:
      result_.findings.Add("payloads", name + " is not in the bucket; the entry is restored without its payload");
      break;
    case CopyState::kWrong:
      result_.findings.Add("payloads", name +
                                           " does not hold the bytes whose SHA-256 the leaf names; the entry is "
                                           "restored without its payload");
      break;
  }
}

absl::Status EntryWriter::AddReceipts(const Group& group) {
  const std::string store_name = store_->Name();
  return connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    std::set<int64_t> known;
    for (const db::MirrorReceipt& receipt :
         db::ReadMirrorReceipts(transaction, group.front()->leaf_index, group.back()->leaf_index + 1)) {
      known.insert(receipt.leaf_index);
    }
    std::vector<db::MirrorReceipt> receipts;
    for (const EntryOnItsWay* entry : group) {
      const LeafFields& fields = entry->entry.fields;
      const PayloadCopy& copy = entry->copy;
      if (!entry->is_ours && !known.contains(entry->leaf_index) &&
          (copy.state == CopyState::kLeftOut || (copy.state == CopyState::kThere && copy.info.retain_until))) {
        receipts.push_back(ReceiptOf(entry->leaf_index, fields, copy, store_name));
      }
      if (fields.signature && keys_seen_.insert(Concat({fields.source, " ", fields.signature->key_id})).second) {
        absl::Status status = db::RecordSigningKey(transaction, fields.source, fields.signature->key_id,
                                                   fields.signature->key_fingerprint);
        if (!status.ok() && !absl::IsFailedPrecondition(status)) {
          return status;
        }
      }
    }
    return receipts.empty() ? absl::OkStatus() : db::InsertMirrorReceipts(transaction, receipts);
  });
}

absl::Status EntryWriter::Write(const Group& group, const WriteGroup& write) {
  absl::Status status = write(group);
  if (!absl::IsInvalidArgument(status)) {
    return status;
  }
  if (group.size() > 1) {
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    RETURN_IF_ERROR(Write(Group(group.begin(), middle), write));
    return Write(Group(middle, group.end()), write);
  }
  db::NewEntry& entry = group.front()->entry;
  std::string sqlstate = RefusedByJsonb(status);
  if (!entry.payload_error.empty() || sqlstate.empty()) {
    return absl::DataLossError(absl::StrCat("entry ", group.front()->leaf_index,
                                            " is refused by the database: ", std::string(status.message())));
  }
  entry.payload_error = std::move(sqlstate);
  return Write(group, write);
}

}  // namespace affidavit::cli
