#include "cli/fsck/store_check.h"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/restore/bucket.h"
#include "cli/restore/bucket_log.h"
#include "cli/restore/log_proof.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/envelope/object_key.h"
#include "db/entry_reader.h"
#include "db/fsck_store.h"
#include "db/governance_store.h"
#include "db/log_store.h"
#include "db/restore_store.h"
#include "db/state.h"

namespace affidavit::cli {
namespace {

constexpr int64_t kEntriesAtOnce = 128;
constexpr int kListedAtOnce = 1'000;
constexpr int kMirrorFindingsMax = 10'000;
constexpr int kHoldsMax = 1'000'000;

std::string NameOf(int64_t leaf_index) {
  return absl::StrCat("entry ", leaf_index, ": ");
}

// What EntryObjectKey is made of.
bool MayBeOurs(std::string_view key) {
  return std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '!' || c == '/';
  });
}

bool IsOfTheStore(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsPermissionDenied(status) || absl::IsInternal(status);
}

}  // namespace

StoreCheck::StoreCheck(objectstore::ObjectStore* store, db::Connection* connection, StoreCheckOptions options,
                       Show show)
    : store_(store), connection_(connection), options_(std::move(options)), show_(std::move(show)) {}

absl::StatusOr<StoreCheckResult> StoreCheck::Run() {
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
    const db::MirrorProgress progress = db::ReadMirrorProgress(transaction);
    result_.tree_size = progress.tree_size;
    result_.mirrored_size = std::min(progress.next_leaf_index, progress.tree_size);
    now_ = progress.database_time;
    governance_.policies = db::ReadPolicies(transaction);
    for (const db::StoredHold& stored :
         db::ListHolds(transaction, 0, result_.tree_size, db::WithReleased::kNo, "", kHoldsMax)) {
      governance_.holds.Create(stored.hold);
    }
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(options_.sample_count > 0 ? CheckSample() : CheckAll());
  return std::move(result_);
}

absl::Status StoreCheck::CheckAll() {
  for (int64_t begin = 0; begin < result_.tree_size; begin += kEntriesAtOnce) {
    const int64_t end = std::min(begin + kEntriesAtOnce, result_.tree_size);
    RETURN_IF_ERROR(CheckRange(begin, end));
    show_("objects", end, result_.tree_size);
  }
  for (const char* prefix : {"audit/", "records/"}) {
    RETURN_IF_ERROR(CheckListing(prefix));
  }
  RETURN_IF_ERROR(CheckUnnamed());
  return options_.policy.log_keys.empty() ? absl::OkStatus() : CheckLogCopy();
}

absl::Status StoreCheck::CheckSample() {
  if (result_.tree_size == 0) {
    return absl::OkStatus();
  }
  std::minstd_rand random(options_.seed);
  std::uniform_int_distribution<int64_t> any(0, result_.tree_size - 1);
  for (int64_t i = 0; i < options_.sample_count; ++i) {
    const int64_t leaf_index = any(random);
    RETURN_IF_ERROR(CheckRange(leaf_index, leaf_index + 1));
    show_("objects", i + 1, options_.sample_count);
  }
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckRange(int64_t begin, int64_t end) {
  ASSIGN_OR_RETURN(std::vector<Entry> entries, ReadEntries(begin, end));
  RETURN_IF_ERROR(Fetch(entries));
  for (const Entry& entry : entries) {
    CheckEntry(entry);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoreCheck::Entry>> StoreCheck::ReadEntries(int64_t begin, int64_t end) {
  std::vector<Entry> entries;
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
    entries.clear();
    std::map<int64_t, db::MirrorReceipt> receipts;
    for (db::MirrorReceipt& receipt : db::ReadMirrorReceipts(transaction, begin, end)) {
      receipts.emplace(receipt.leaf_index, std::move(receipt));
    }
    for (const db::EntryRow& row : db::ReadEntryRows(transaction, begin, end)) {
      Entry& entry = entries.emplace_back();
      entry.leaf_index = row.leaf_index;
      if (absl::StatusOr<LeafFields> leaf = DecodeLeaf(row.leaf); leaf.ok()) {
        entry.leaf = *std::move(leaf);
      }
      if (const auto receipt = receipts.find(row.leaf_index); receipt != receipts.end()) {
        entry.receipt = std::move(receipt->second);
      }
    }
    return absl::OkStatus();
  }));
  return entries;
}

absl::Status StoreCheck::Fetch(std::vector<Entry>& entries) {
  InParallel(options_.thread_count, entries.size(), [&](size_t i) {
    Entry& entry = entries[i];
    if (entry.receipt && entry.receipt->outcome != db::MirrorOutcome::kLeftOut) {
      entry.object = store_->Get(entry.receipt->object_key, entry.receipt->version_id);
      if (absl::IsFailedPrecondition(entry.object.status())) {
        // Archived: what can be seen without its bytes.
        absl::StatusOr<objectstore::ObjectInfo> info =
            store_->Head(entry.receipt->object_key, entry.receipt->version_id);
        entry.object = info.ok() ? absl::StatusOr<objectstore::Object>({*std::move(info), ""}) : info.status();
      }
    }
  });
  for (const Entry& entry : entries) {
    if (IsOfTheStore(entry.object.status())) {
      return entry.object.status();
    }
  }
  return absl::OkStatus();
}

void StoreCheck::CheckEntry(const Entry& entry) {
  if (!entry.leaf) {
    result_.findings.Add("entries", NameOf(entry.leaf_index) + "its leaf cannot be read: run `affidavit fsck`");
    return;
  }
  if (!entry.receipt) {
    if (entry.leaf_index < result_.mirrored_size) {
      result_.findings.Add("receipts", NameOf(entry.leaf_index) + "it has no receipt, though the mirror has passed it");
    }
    return;
  }
  if (entry.receipt->outcome == db::MirrorOutcome::kLeftOut) {
    ++result_.left_out_count;
    if (entry.leaf->kind != EntryKind::kExcluded) {
      result_.findings.Add("receipts", NameOf(entry.leaf_index) + "its receipt says left out, and it is not excluded");
    }
    return;
  }
  if (entry.receipt->object_key != EntryObjectKey(*entry.leaf, entry.leaf_index) ||
      entry.receipt->checksum != entry.leaf->payload_sha256) {
    result_.findings.Add("receipts", NameOf(entry.leaf_index) + "its receipt names another object than its leaf");
  }
  CheckObject(entry);
}

void StoreCheck::CheckObject(const Entry& entry) {
  const std::string name =
      absl::StrCat(NameOf(entry.leaf_index), entry.receipt->object_key, ", version ", entry.receipt->version_id, ", ");
  if (absl::IsNotFound(entry.object.status())) {
    if (entry.receipt->retain_until < now_ && ProtectionOf(*entry.leaf, governance_).retain_until < now_) {
      ++result_.disposed_count;
    } else {
      result_.findings.Add("objects", name + "is not in the store");
    }
    return;
  }
  if (!entry.object.ok()) {
    result_.findings.Add("objects",
                         absl::StrCat(name, "cannot be read: ", std::string(entry.object.status().message())));
    return;
  }
  const objectstore::ObjectInfo& info = entry.object->info;
  if (info.is_archived) {
    ++result_.archived_count;
  } else {
    ++result_.object_count;
    if (Sha256(entry.object->body) != entry.leaf->payload_sha256) {
      result_.findings.Add("objects", name + "does not hold the bytes whose SHA-256 the leaf names");
    }
  }
  CheckLock(entry, info);
}

void StoreCheck::CheckLock(const Entry& entry, const objectstore::ObjectInfo& info) {
  const std::string name =
      absl::StrCat(NameOf(entry.leaf_index), entry.receipt->object_key, ", version ", entry.receipt->version_id, ", ");
  const EntryProtection expected = ProtectionOf(*entry.leaf, governance_);
  const TimePoint until = std::max(*entry.receipt->retain_until, expected.retain_until);
  if (!info.retain_until) {
    result_.findings.Add("locks", name + "has no lock, or these credentials may not see it");
  } else if (*info.retain_until < until) {
    result_.findings.Add("locks", absl::StrCat(name, "is locked until ", FormatRfc3339(*info.retain_until),
                                               " only, and should be until ", FormatRfc3339(until)));
  } else if (info.lock_mode != "COMPLIANCE") {
    result_.findings.Add("locks", absl::StrCat(name, "is locked in mode ", info.lock_mode));
  }
  if (info.legal_hold != expected.legal_hold) {
    result_.findings.Add("holds", name + (expected.legal_hold ? "is under a legal hold, and its object is not"
                                                              : "is held, and no legal hold binds the entry"));
  }
}

absl::Status StoreCheck::CheckListing(std::string_view prefix) {
  std::string token;
  do {
    ASSIGN_OR_RETURN(objectstore::VersionPage page, store_->ListVersions(prefix, token, kListedAtOnce));
    RETURN_IF_ERROR(CheckPage(page.versions));
    token = std::move(page.next_token);
  } while (!token.empty());
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckPage(const std::vector<objectstore::ObjectInfo>& versions) {
  std::vector<std::string> keys;
  for (const objectstore::ObjectInfo& version : versions) {
    if (MayBeOurs(version.key) && (keys.empty() || keys.back() != version.key)) {
      keys.push_back(version.key);
    }
  }
  std::map<std::string, db::NamedVersion> named;
  if (!keys.empty()) {
    RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
      for (db::NamedVersion& version : db::FindReceiptsOfKeys(transaction, keys)) {
        std::string key = version.object_key;
        named.emplace(std::move(key), std::move(version));
      }
      return absl::OkStatus();
    }));
  }
  for (const objectstore::ObjectInfo& version : versions) {
    const auto receipt = named.find(version.key);
    if (receipt == named.end()) {
      unnamed_.push_back(version.key);
    } else if (version.is_delete_marker) {
      result_.findings.Add("objects", version.key + " is hidden by a delete marker");
    } else if (version.version_id != receipt->second.version_id) {
      RETURN_IF_ERROR(CheckExtra(version, receipt->second.checksum));
    }
  }
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckExtra(const objectstore::ObjectInfo& version, const Digest& checksum) {
  const absl::StatusOr<objectstore::Object> object = store_->Get(version.key, version.version_id);
  if (IsOfTheStore(object.status())) {
    return object.status();
  }
  if (object.ok() && Sha256(object->body) == checksum) {
    ++result_.extra_count;
    return absl::OkStatus();
  }
  result_.findings.Add("objects", absl::StrCat(version.key, ", version ", version.version_id, ", is no receipt's, and ",
                                               object.ok() ? "of other bytes" : "cannot be read"));
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckUnnamed() {
  if (unnamed_.empty()) {
    return absl::OkStatus();
  }
  unnamed_.erase(std::unique(unnamed_.begin(), unnamed_.end()), unnamed_.end());
  std::set<std::string> explained;
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    const db::MirrorProgress progress = db::ReadMirrorProgress(transaction);
    std::vector<db::EntryRow> rows = db::ReadEntryRows(
        transaction, progress.next_leaf_index, std::max(progress.next_leaf_index, progress.attempted_leaf_index));
    for (const db::MirrorFinding& finding : db::ListMirrorFindings(transaction, kMirrorFindingsMax)) {
      for (db::EntryRow& row : db::ReadEntryRows(transaction, finding.leaf_index, finding.leaf_index + 1)) {
        rows.push_back(std::move(row));
      }
    }
    for (const db::EntryRow& row : rows) {
      if (const absl::StatusOr<LeafFields> leaf = DecodeLeaf(row.leaf); leaf.ok()) {
        explained.insert(EntryObjectKey(*leaf, row.leaf_index));
      }
    }
    std::vector<std::string> keys;
    std::copy_if(unnamed_.begin(), unnamed_.end(), std::back_inserter(keys), MayBeOurs);
    for (const db::NamedVersion& version : db::FindReceiptsOfKeys(transaction, keys)) {
      explained.insert(version.object_key);
    }
    return absl::OkStatus();
  }));
  for (const std::string& key : unnamed_) {
    if (!explained.contains(key)) {
      result_.findings.Add("objects", absl::StrCat(MayBeOurs(key) ? key : "a key with bytes that ours never have",
                                                   " is in the store, and no receipt names it"));
    }
  }
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckLogCopy() {
  ASSIGN_OR_RETURN(const std::vector<BucketCheckpoint> checkpoints,
                   FindCheckpoints(*store_, options_.policy, options_.thread_count, result_.findings));
  if (checkpoints.empty()) {
    if (result_.mirrored_size > 0) {
      result_.findings.Add("log files", "the store has no checkpoint of this log");
    }
    return absl::OkStatus();
  }
  const BucketCheckpoint& newest = checkpoints.back();
  const uint64_t size = newest.checkpoint.tree_size;
  const BucketLog log(store_, newest.incarnation, size);
  const absl::Status proven =
      ProveLog(log, newest.checkpoint, {}, options_.thread_count, result_.findings,
               [this](int64_t done, int64_t total) { show_("leaves of the log's copy", done, total); })
          .status();
  if (absl::IsDataLoss(proven)) {
    result_.findings.Add("log files", std::string(proven.message()));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(proven);
  std::optional<Digest> root;
  absl::Status read = connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    if (static_cast<uint64_t>(db::ReadTreeSize(transaction)) >= size) {
      ASSIGN_OR_RETURN(root, db::ReadRoot(transaction, size));
    }
    return absl::OkStatus();
  });
  if (!read.ok() && !absl::IsDataLoss(read)) {
    return read;
  }
  if (root != newest.checkpoint.root_hash) {
    result_.findings.Add("log files", absl::StrCat(newest.object_key, " is signed over ", size,
                                                   " entries, and the ledger's are others"));
  }
  result_.log_tree_size = static_cast<int64_t>(size);
  return absl::OkStatus();
}

}  // namespace affidavit::cli
