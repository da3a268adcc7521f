#include "cli/fsck/pass.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/fsck/entry_check.h"
#include "cli/fsck/place.h"
#include "cli/restore/payload_copy.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"
#include "core/merkle/proof.h"
#include "core/merkle/verify.h"
#include "db/mirror_store.h"
#include "db/state.h"

namespace affidavit::cli {
namespace {

constexpr int64_t kPage = 2048;  // whole tiles
constexpr int64_t kPayloadBytesAtOnce = 8 << 20;
constexpr std::chrono::seconds kClockTolerance{5};
constexpr std::chrono::seconds kKeepInterval{2};

}  // namespace

FsckRun::FsckRun(db::Connection* connection, FsckOptions options, Show show)
    : connection_(connection), options_(std::move(options)), show_(std::move(show)) {}

absl::StatusOr<FsckResult> FsckRun::Run() {
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
    extent_ = db::ReadLogExtent(transaction);
    database_time_ = db::ReadDatabaseTime(transaction);
    for (std::string& sentence : db::FindUnguardedTables(transaction)) {
      result_.findings.Add("tables", std::move(sentence));
    }
    return absl::OkStatus();
  }));
  result_.tree_size = extent_.tree_size;
  result_.start_time = database_time_;
  for (const std::string& sentence : options_.outside_problems) {
    result_.findings.Add("outside checkpoints", sentence);
  }
  ASSIGN_OR_RETURN(Losses losses, ReadLosses(*connection_, options_.policy));
  for (std::string& sentence : losses.problems) {
    result_.findings.Add("incarnations", std::move(sentence));
  }
  tree_ =
      std::make_unique<TreeCheck>(connection_, options_.policy, options_.outside, std::move(losses), &result_.findings);
  RETURN_IF_ERROR(options_.sample_count > 0 ? Sample() : Scan());
  result_.checkpoint_count += tree_->checkpoint_count();
  return std::move(result_);
}

absl::Status FsckRun::Scan() {
  next_ = std::min(options_.begin, extent_.tree_size);
  RETURN_IF_ERROR(GoOn());
  RETURN_IF_ERROR(tree_->CompareOutside(next_));
  if (next_ > 0) {
    RETURN_IF_ERROR(tree_->StartAt(next_));
  }
  next_keep_ = std::chrono::steady_clock::now() + kKeepInterval;
  while (next_ < extent_.tree_size) {
    const int64_t end = std::min((next_ / kPage + 1) * kPage, extent_.tree_size);
    ASSIGN_OR_RETURN(const std::vector<db::EntryRow> rows, ReadRows(next_, end));
    const std::vector<CheckedEntry> checked = CheckRows(rows);
    RETURN_IF_ERROR(CheckPayloads(rows, checked));
    if (!tree_->broken()) {
      std::vector<Digest> leaf_hashes;
      for (const CheckedEntry& entry : checked) {
        leaf_hashes.push_back(entry.leaf_hash);
      }
      RETURN_IF_ERROR(tree_->AddPage(leaf_hashes));
    }
    result_.entry_count += static_cast<int64_t>(rows.size());
    next_ = end;
    show_(next_, extent_.tree_size);
    RETURN_IF_ERROR(Keep());
  }
  FinishClock();
  if (options_.begin == 0) {
    RETURN_IF_ERROR(FindOrphans());
  }
  RETURN_IF_ERROR(tree_->Finish(extent_));
  ForgetPlace(options_.state_file);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<db::EntryRow>> FsckRun::ReadRows(int64_t begin, int64_t end) {
  std::vector<db::EntryRow> rows;
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
    rows = db::ReadEntryRows(transaction, begin, end);
    return absl::OkStatus();
  }));
  int64_t expected = begin;
  for (const db::EntryRow& row : rows) {
    NoteMissing(expected, row.leaf_index);
    expected = row.leaf_index + 1;
  }
  NoteMissing(expected, end);
  return rows;
}

void FsckRun::NoteMissing(int64_t begin, int64_t end) {
  if (begin == end) {
    return;
  }
  tree_->Break();
  const std::string which = end - begin == 1 ? absl::StrCat("entry ", begin, " is missing")
                                             : absl::StrCat("entries ", begin, " to ", end - 1, " are missing");
  result_.findings.Add("entries", absl::StrCat(which, "; the tree cannot be compared from there on"));
}

std::vector<CheckedEntry> FsckRun::CheckRows(const std::vector<db::EntryRow>& rows) {
  std::vector<CheckedEntry> checked;
  for (const db::EntryRow& row : rows) {
    checked.push_back(CheckEntryRow(row));
    for (const std::string& problem : checked.back().problems) {
      Add(row.leaf_index, "entries", problem);
    }
    if (options_.sample_count == 0) {
      if (!payload_ids_.Add(row.payload_id)) {
        Add(row.leaf_index, "entries", "its payload_id is another entry's too");
      }
      CheckClock({row.leaf_index, row.integrate_time});
    }
  }
  return checked;
}

void FsckRun::CheckClock(Stamp stamp) {
  if (last_) {
    const auto runs = [](const std::optional<Stamp>& a, const Stamp& b) {
      return !a || (a->time && b.time && *a->time <= *b.time + kClockTolerance);
    };
    // Of three stamps the middle one is wrong when the outer two agree without it.
    const bool wrong =
        !last_->time || ((!runs(before_last_, *last_) || !runs(last_, stamp)) && runs(before_last_, stamp));
    if (wrong) {
      Add(last_->leaf_index, "entries", "its integrate_time is out of the log's order");
      last_.reset();
    }
  }
  if (last_) {
    before_last_ = last_;
  }
  last_ = stamp;
}

void FsckRun::FinishClock() {
  // The last one must not lie ahead of the clock that wrote it.
  CheckClock({extent_.tree_size, database_time_});
}

absl::Status FsckRun::CheckPayloads(const std::vector<db::EntryRow>& rows, const std::vector<CheckedEntry>& checked) {
  std::vector<NamedPayload> part;
  int64_t bytes = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!checked[i].leaf) {
      continue;
    }
    if (!part.empty() && bytes + checked[i].leaf->payload_size > kPayloadBytesAtOnce) {
      RETURN_IF_ERROR(CheckPayloadPart(std::exchange(part, {})));
      bytes = 0;
    }
    part.push_back({rows[i].leaf_index, &*checked[i].leaf});
    bytes += checked[i].leaf->payload_size;
  }
  return CheckPayloadPart(std::move(part));
}

absl::Status FsckRun::CheckPayloadPart(std::vector<NamedPayload> part) {
  std::vector<int64_t> wanted;
  for (const NamedPayload& payload : part) {
    wanted.push_back(payload.leaf_index);
  }
  std::vector<db::PayloadRow> rows;
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
    rows = db::ReadPayloadRows(transaction, wanted);
    return absl::OkStatus();
  }));
  std::sort(rows.begin(), rows.end(),
            [](const db::PayloadRow& a, const db::PayloadRow& b) { return a.leaf_index < b.leaf_index; });
  std::vector<int64_t> good, refused;
  std::vector<NamedPayload> absent;
  auto row = rows.begin();
  for (const NamedPayload& payload : part) {
    if (row == rows.end() || row->leaf_index != payload.leaf_index) {
      if (payload.leaf->retain_until < database_time_) {
        ++result_.disposed_count;
      } else {
        absent.push_back(payload);
      }
      continue;
    }
    if (const std::optional<std::string> problem = CheckPayloadBytes(*payload.leaf, row->raw)) {
      Add(payload.leaf_index, "payloads", *problem);
    } else {
      (row->has_error ? refused : good).push_back(payload.leaf_index);
    }
    ++row;
  }
  RETURN_IF_ERROR(CheckAbsent(absent));
  RETURN_IF_ERROR(CheckRefused(refused));
  return CheckJson(good);
}

absl::Status FsckRun::CheckAbsent(const std::vector<NamedPayload>& absent) {
  for (const NamedPayload& payload : absent) {
    std::optional<db::MirrorReceipt> receipt;
    if (payload.leaf->kind == EntryKind::kExcluded) {
      RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
        receipt = db::ReadMirrorReceipt(transaction, payload.leaf_index);
        return absl::OkStatus();
      }));
    }
    if (receipt && receipt->outcome == db::MirrorOutcome::kLeftOut && receipt->worker_id == kRestoreWorkerId) {
      ++result_.unrestored_count;
    } else {
      Add(payload.leaf_index, "payloads", "its payload is missing, though it is to be kept");
    }
  }
  return absl::OkStatus();
}

absl::Status FsckRun::CheckRefused(const std::vector<int64_t>& leaf_indexes) {
  for (const int64_t leaf_index : leaf_indexes) {
    absl::Status status = connection_->Transact([&](db::Transaction& transaction) {
      db::CastToJson(transaction, leaf_index);
      return absl::OkStatus();
    });
    if (status.ok()) {
      Add(leaf_index, "payloads", "its payload_error is wrong: jsonb can hold its raw bytes");
    } else if (!absl::IsInvalidArgument(status)) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status FsckRun::CheckJson(const std::vector<int64_t>& leaf_indexes) {
  std::vector<int64_t> wrong;
  const auto find = [&](std::span<const int64_t> indexes) {
    return connection_->Transact([&](db::Transaction& transaction) {
      wrong = db::FindWrongJson(transaction, indexes);
      return absl::OkStatus();
    });
  };
  absl::Status status = find(leaf_indexes);
  if (absl::IsInvalidArgument(status)) {
    // The bytes of one of them are no JSON, and yet there is a jsonb: which one?
    for (const int64_t leaf_index : leaf_indexes) {
      status = find(std::span(&leaf_index, 1));
      if (absl::IsInvalidArgument(status) || !wrong.empty()) {
        Add(leaf_index, "payloads", "its jsonb is not what its raw bytes say");
      } else {
        RETURN_IF_ERROR(status);
      }
    }
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(status);
  for (const int64_t leaf_index : wrong) {
    Add(leaf_index, "payloads", "its jsonb is not what its raw bytes say");
  }
  return absl::OkStatus();
}

absl::Status FsckRun::FindOrphans() {
  IdSet seen;
  std::vector<std::pair<db::PayloadTable, int64_t>> suspects;
  for (const db::PayloadTable table : {db::PayloadTable::kPayloads, db::PayloadTable::kExcluded}) {
    db::PayloadId after;
    std::vector<db::PayloadId> page;
    do {
      RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
        page = db::ReadPayloadIds(transaction, table, after, 10 * kPage);
        return absl::OkStatus();
      }));
      for (const db::PayloadId& id : page) {
        after = id;
        if (!seen.Add(id.payload_id)) {
          result_.findings.Add("payloads", absl::StrCat("payload ", id.payload_id, " is stored twice"));
        } else if (!payload_ids_.Has(id.payload_id)) {
          suspects.emplace_back(table, id.payload_id);
        }
      }
    } while (!page.empty());
  }
  if (suspects.empty()) {
    return absl::OkStatus();
  }
  // What was appended since the check began: a payload becomes visible together with its entry.
  std::vector<db::LeafPayload> page;
  int64_t begin = extent_.tree_size;
  do {
    RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
      page = db::ReadLeafPayloads(transaction, begin, begin + 10 * kPage);
      return absl::OkStatus();
    }));
    for (const db::LeafPayload& row : page) {
      payload_ids_.Add(row.payload_id);
      begin = row.leaf_index + 1;
    }
  } while (!page.empty());
  for (const auto& [table, payload_id] : suspects) {
    if (!payload_ids_.Has(payload_id)) {
      result_.findings.Add("payloads", absl::StrCat("payload ", payload_id,
                                                    table == db::PayloadTable::kPayloads ? "" : " of excluded_payloads",
                                                    " belongs to no entry"));
    }
  }
  return absl::OkStatus();
}

absl::Status FsckRun::Sample() {
  RETURN_IF_ERROR(tree_->CompareOutside(extent_.tree_size));
  std::minstd_rand random(options_.seed);
  if (extent_.tree_size == 0) {
    return tree_->Finish(extent_);
  }
  const auto size = static_cast<uint64_t>(extent_.tree_size);
  std::uniform_int_distribution<int64_t> any(0, extent_.tree_size - 1);
  for (int64_t i = 0; i < options_.sample_count; ++i) {
    const int64_t leaf_index = any(random);
    ASSIGN_OR_RETURN(const std::vector<db::EntryRow> rows, ReadRows(leaf_index, leaf_index + 1));
    const std::vector<CheckedEntry> checked = CheckRows(rows);
    RETURN_IF_ERROR(CheckPayloads(rows, checked));
    if (!rows.empty()) {
      const absl::Status in_tree = connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const ProofPlan plan, PlanInclusion(static_cast<uint64_t>(leaf_index), size));
        ASSIGN_OR_RETURN(const std::vector<Digest> proof, db::ReadProof(transaction, plan, size));
        ASSIGN_OR_RETURN(const Digest root, db::ReadRoot(transaction, size));
        return VerifyInclusion(static_cast<uint64_t>(leaf_index), size, checked.front().leaf_hash, proof, root);
      });
      if (absl::IsDataLoss(in_tree)) {
        Add(leaf_index, "tiles", "the stored tiles do not lead from its leaf to the root");
      } else {
        RETURN_IF_ERROR(in_tree);
      }
    }
    ++result_.entry_count;
    show_(i + 1, options_.sample_count);
  }
  return tree_->Finish(extent_);
}

absl::Status FsckRun::GoOn() {
  ASSIGN_OR_RETURN(const std::optional<Place> place, ReadPlace(options_.state_file));
  if (!place || place->next <= next_ || place->next > extent_.tree_size) {
    return absl::OkStatus();
  }
  Digest root{};
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(root, db::ReadRoot(transaction, static_cast<uint64_t>(place->next)));
    return absl::OkStatus();
  }));
  if (AsBytes(root) != place->root) {
    return absl::OkStatus();  // another log, or one that was changed since: from the beginning
  }
  next_ = place->next;
  result_.entry_count = place->next;
  result_.disposed_count = place->disposed_count;
  result_.checkpoint_count = place->checkpoint_count;
  result_.start_time = place->start_time;
  for (int64_t begin = 0; begin < next_; begin += 10 * kPage) {
    RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
      for (const db::LeafPayload& row : db::ReadLeafPayloads(transaction, begin, std::min(begin + 10 * kPage, next_))) {
        payload_ids_.Add(row.payload_id);
      }
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status FsckRun::Keep() {
  const auto now = std::chrono::steady_clock::now();
  // With findings in hand there is no clean place to go on from: the pass is made again.
  if (options_.state_file.empty() || now < next_keep_ || tree_->broken() || result_.findings.count() > 0) {
    return absl::OkStatus();
  }
  next_keep_ = now + kKeepInterval;
  ASSIGN_OR_RETURN(const Digest root, tree_->Root());
  return WritePlace(options_.state_file, {.next = next_,
                                          .root = std::string(AsBytes(root)),
                                          .disposed_count = result_.disposed_count,
                                          .checkpoint_count = result_.checkpoint_count + tree_->checkpoint_count(),
                                          .start_time = result_.start_time});
}

void FsckRun::Add(int64_t leaf_index, std::string_view about, std::string_view problem) {
  result_.findings.Add(about, Concat({"entry ", std::to_string(leaf_index), ": ", problem}));
}

}  // namespace affidavit::cli
