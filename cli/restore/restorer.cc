#include "cli/restore/restorer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "core/base/status_macros.h"
#include "core/checkpoint/incarnation.h"
#include "core/checkpoint/note.h"
#include "core/merkle/tile.h"
#include "db/entry_reader.h"
#include "db/log_store.h"
#include "db/migrator.h"
#include "db/mirror_store.h"
#include "db/publishing.h"

namespace affidavit::cli {
namespace {

constexpr size_t kCheckpointRowsAtOnce = 500;
constexpr int64_t kGapsAtOnce = 20'480;

}  // namespace

Restorer::Restorer(objectstore::ObjectStore* store, const db::ConnectionOptions* database, RestoreOptions options,
                   Show show)
    : store_(store), database_(*database), options_(std::move(options)), show_(std::move(show)) {}

absl::StatusOr<RestoreResult> Restorer::Run() {
  RETURN_IF_ERROR(FindTarget());
  RETURN_IF_ERROR(ReadDatabase());
  RETURN_IF_ERROR(ReadGuard());
  RETURN_IF_ERROR(Prove());
  RETURN_IF_ERROR(CompareWithProof());
  RETURN_IF_ERROR(ReadIncarnations());
  ASSIGN_OR_RETURN(writer_, db::RestoreStore::Open(database_));
  entries_ = std::make_unique<EntryWriter>(store_, writer_.get(), connection_.get(), &options_, &result_);
  RETURN_IF_ERROR(FillGaps());
  if (next_ < size()) {
    RETURN_IF_ERROR(OpenLog());
    RETURN_IF_ERROR(AddCheckpoints());
    RETURN_IF_ERROR(AppendEntries());
  }
  RETURN_IF_ERROR(CompareWithDatabase());
  return std::move(result_);
}

absl::Status Restorer::FindTarget() {
  ASSIGN_OR_RETURN(checkpoints_, FindCheckpoints(*store_, options_.policy, options_.thread_count, result_.findings));
  if (checkpoints_.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(store_->Name(), " has no checkpoint of ", options_.policy.log_keys.front().name,
                     result_.findings.count() == 0 ? "" : ": " + result_.findings.sentences().front()));
  }
  target_ = checkpoints_.back();
  result_.target = target_.checkpoint;
  for (const BucketCheckpoint& other : checkpoints_) {
    if (other.checkpoint.origin == target_.checkpoint.origin &&
        other.checkpoint.tree_size == target_.checkpoint.tree_size && other.checkpoint != target_.checkpoint) {
      return absl::DataLossError(absl::StrCat(other.object_key, " and ", target_.object_key, " are both signed, for ",
                                              target_.checkpoint.tree_size,
                                              " entries, and differ: ask who else has that key"));
    }
  }
  return absl::OkStatus();
}

absl::Status Restorer::ReadDatabase() {
  ASSIGN_OR_RETURN(connection_, db::Connection::Open(database_));
  RETURN_IF_ERROR(db::CheckSchemaVersion(*connection_).status());
  return connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    next_ = result_.tree_size_before = db::ReadTreeSize(transaction);
    const std::string& first_origin = options_.policy.log_keys.front().name;
    if (const auto origin = db::ReadCurrentOrigin(transaction)) {
      const std::optional<int> number = IncarnationNumber(first_origin, origin->origin);
      if (!number) {
        return absl::FailedPreconditionError(
            absl::StrCat("the database holds the log ", origin->origin, ", the bucket ", first_origin));
      }
      if (*number > target_.incarnation && next_ < size()) {
        return absl::FailedPreconditionError(
            absl::StrCat("the database knows ", origin->origin,
                         ", of which the bucket has no checkpoint: restore what is missing "
                         "in the database from its own backups"));
      }
    }
    ASSIGN_OR_RETURN(database_root_, db::ReadRoot(transaction, static_cast<uint64_t>(std::min(next_, size()))));
    return absl::OkStatus();
  });
}

absl::Status Restorer::ReadGuard() {
  if (!options_.guard_note) {
    return absl::OkStatus();
  }
  const absl::StatusOr<VerifiedCheckpoint> verified = VerifyCheckpoint(*options_.guard_note, options_.policy);
  const std::optional<int> number =
      verified.ok() ? IncarnationNumber(options_.policy.log_keys.front().name, verified->checkpoint.origin)
                    : std::nullopt;
  if (!number) {
    return absl::FailedPreconditionError("the guard file is not signed by this log's keys");
  }
  guard_ = verified->checkpoint;
  if (*number > target_.incarnation ||
      (*number == target_.incarnation && guard_->tree_size > target_.checkpoint.tree_size)) {
    result_.guard_ahead = guard_;
  }
  return absl::OkStatus();
}

absl::Status Restorer::Prove() {
  std::set<uint64_t> sizes = {static_cast<uint64_t>(std::min(next_, size()))};
  for (const BucketCheckpoint& checkpoint : checkpoints_) {
    sizes.insert(checkpoint.checkpoint.tree_size);
  }
  if (guard_) {
    sizes.insert(guard_->tree_size);
  }
  log_ = std::make_unique<BucketLog>(store_, target_.incarnation, target_.checkpoint.tree_size);
  ASSIGN_OR_RETURN(proven_, ProveLog(*log_, target_.checkpoint, sizes, options_.thread_count, result_.findings,
                                     [this](int64_t done, int64_t total) { show_("leaves proven", done, total); }));
  return absl::OkStatus();
}

absl::Status Restorer::CompareWithProof() const {
  if (proven_.roots.at(static_cast<uint64_t>(std::min(next_, size()))) != database_root_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database's first ", std::min(next_, size()),
                     " entries are not those of the bucket\n  what to do: restore into an empty database"));
  }
  if (guard_ && !result_.guard_ahead && guard_->origin == target_.checkpoint.origin &&
      proven_.roots.at(guard_->tree_size) != guard_->root_hash) {
    return absl::DataLossError(absl::StrCat("the bucket's first ", guard_->tree_size,
                                            " entries are not those that the guard file's checkpoint was signed over"));
  }
  return absl::OkStatus();
}

absl::Status Restorer::AddIncarnation(const LogRecord& record) {
  const std::optional<int> number = IncarnationNumber(options_.policy.log_keys.front().name, record.fields.event_id);
  ASSIGN_OR_RETURN(const PayloadCopy copy,
                   FindPayloadCopy(*store_, record.leaf_index, record.fields, SystemClock().WallNow()));
  boost::json::error_code error;
  const boost::json::value payload =
      copy.state == CopyState::kThere ? boost::json::parse(copy.bytes, error) : boost::json::value();
  const boost::json::object* const members = payload.if_object();
  const boost::json::value* const note = members ? members->if_contains("last_checkpoint") : nullptr;
  const boost::json::value* const agreed = members ? members->if_contains("agreed_tree_size") : nullptr;
  if (!number || !note || !note->is_string() || !agreed || !agreed->is_int64()) {
    return absl::DataLossError(absl::StrCat("entry ", record.leaf_index, ": ", copy.object_key,
                                            " announces an incarnation of the log, and cannot be read"));
  }
  const std::string text(note->get_string());
  ASSIGN_OR_RETURN(const Note parsed, ParseNote(text));
  ASSIGN_OR_RETURN(Checkpoint lost, ParseCheckpoint(parsed.text));
  losses_.announced.push_back({std::move(lost), static_cast<uint64_t>(agreed->get_int64())});
  origins_.push_back(
      {.number = *number, .origin = record.fields.event_id, .open_time = {}, .previous_checkpoint = text});
  return absl::OkStatus();
}

absl::Status Restorer::ReadIncarnations() {
  const std::string& first_origin = options_.policy.log_keys.front().name;
  origins_ = {{.number = 1, .origin = first_origin, .open_time = {}, .previous_checkpoint = ""}};
  for (const LogRecord& record : proven_.recoveries) {
    RETURN_IF_ERROR(AddIncarnation(record));
  }
  if (std::none_of(origins_.begin(), origins_.end(),
                   [this](const db::StoredOrigin& origin) { return origin.origin == target_.checkpoint.origin; })) {
    return absl::DataLossError(absl::StrCat("the log in the bucket does not announce ", target_.checkpoint.origin));
  }
  return absl::OkStatus();
}

absl::Status Restorer::OpenLog() {
  return connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    for (const db::StoredOrigin& origin : origins_) {
      db::RestoreOrigin(transaction, origin);
    }
    AddCheckpoint(transaction, target_);
    if (result_.guard_ahead && guard_->origin == target_.checkpoint.origin) {
      // Even should the guard file be gone tomorrow.
      db::RestoreCheckpoint(transaction, {.origin = guard_->origin,
                                          .tree_size = static_cast<int64_t>(guard_->tree_size),
                                          .root_hash = guard_->root_hash,
                                          .signed_note = *options_.guard_note,
                                          .sign_time = SystemClock().WallNow()});
    }
    db::SetMirrorCursor(transaction, size());
    db::RaiseMirrorAttempt(transaction, size());
    return absl::OkStatus();
  });
}

void Restorer::AddCheckpoint(db::Transaction& transaction, const BucketCheckpoint& checkpoint) const {
  const auto tree_size = static_cast<int64_t>(checkpoint.checkpoint.tree_size);
  db::RestoreCheckpoint(transaction, {.origin = checkpoint.checkpoint.origin,
                                      .tree_size = tree_size,
                                      .root_hash = checkpoint.checkpoint.root_hash,
                                      .signed_note = checkpoint.signed_note,
                                      .sign_time = checkpoint.store_time});
  const std::string text = FormatCheckpoint(checkpoint.checkpoint);
  for (const std::string& line : checkpoint.more_lines) {
    const absl::StatusOr<NoteSignature> signature = ParseSignatureLine(line);
    for (const VerifierKey& key : options_.witness_keys) {
      const absl::StatusOr<VerifiedSignature> verified =
          signature.ok() ? VerifySignature(text, *signature, key) : signature.status();
      if (verified.ok() && verified->cosign_time) {
        db::InsertCosignature(transaction, checkpoint.checkpoint.origin, tree_size,
                              {.witness = FormatVerifierKey(key),
                               .line = line,
                               .cosign_time = TimePoint(std::chrono::seconds(*verified->cosign_time))});
      }
    }
  }
}

bool Restorer::IsOfThisTree(const BucketCheckpoint& checkpoint) {
  const auto root = proven_.roots.find(checkpoint.checkpoint.tree_size);
  if (root != proven_.roots.end() && root->second == checkpoint.checkpoint.root_hash) {
    return std::any_of(origins_.begin(), origins_.end(), [&checkpoint](const db::StoredOrigin& origin) {
      return origin.origin == checkpoint.checkpoint.origin;
    });
  }
  if (!losses_.Cover(checkpoint.checkpoint)) {
    result_.findings.Add("checkpoints", absl::StrCat(checkpoint.object_key,
                                                     " is signed, and the log in the bucket does "
                                                     "not extend it"));
  }
  return false;
}

absl::Status Restorer::AddCheckpoints() {
  std::vector<const BucketCheckpoint*> wanted;
  for (const BucketCheckpoint& checkpoint : checkpoints_) {
    if (IsOfThisTree(checkpoint)) {
      wanted.push_back(&checkpoint);
    }
  }
  for (size_t begin = 0; begin < wanted.size(); begin += kCheckpointRowsAtOnce) {
    RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
      for (size_t i = begin; i < std::min(begin + kCheckpointRowsAtOnce, wanted.size()); ++i) {
        AddCheckpoint(transaction, *wanted[i]);
      }
      return absl::OkStatus();
    }));
  }
  result_.checkpoint_count = static_cast<int64_t>(wanted.size());
  return absl::OkStatus();
}

absl::Status Restorer::AppendEntries() {
  while (next_ < size()) {
    const uint64_t index = static_cast<uint64_t>(next_) / kTileWidth;
    ASSIGN_OR_RETURN(BucketPage page, ReadProvenPage(*log_, proven_, index));
    std::deque<EntryOnItsWay> entries;
    for (size_t i = static_cast<uint64_t>(next_) % kTileWidth; i < page.leaves.size(); ++i) {
      EntryOnItsWay& entry = entries.emplace_back();
      RETURN_IF_ERROR(ReadLeaf(static_cast<int64_t>(index * kTileWidth + i), std::move(page.leaves[i]), entry));
      ASSIGN_OR_RETURN(entry.entry.payload_id, writer_->NextPayloadId());
    }
    const auto count = static_cast<int64_t>(entries.size());
    std::optional<db::StoredOrigin> opens;
    if (next_ + count == size()) {
      ASSIGN_OR_RETURN(opens, AddOpening(entries));
    }
    RETURN_IF_ERROR(entries_->Append(entries, opens));
    next_ += count;
    result_.entry_count += count;
    show_("entries restored", next_, size());
    if (opens) {
      result_.opened_origin = opens->origin;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<db::StoredOrigin>> Restorer::AddOpening(std::deque<EntryOnItsWay>& entries) {
  if (result_.guard_ahead) {
    return std::optional<db::StoredOrigin>();
  }
  LostLog loss;
  loss.lost_note = target_.signed_note;
  loss.lost = target_.checkpoint;
  loss.tree_size = loss.agreed_tree_size = size();
  loss.is_end_known = false;
  loss.new_number = std::max(origins_.back().number + 1, options_.incarnation_min);
  loss.new_origin = IncarnationOrigin(options_.policy.log_keys.front().name, loss.new_number);
  opening_payload_ = RecoveryPayload(loss);
  EntryOnItsWay& record = entries.emplace_back();
  ASSIGN_OR_RETURN(record.entry, MakeRecoveryRecord(loss, opening_payload_, options_.retention_years));
  record.leaf_index = size();
  record.is_ours = true;
  ASSIGN_OR_RETURN(record.entry.payload_id, writer_->NextPayloadId());
  return std::optional(db::StoredOrigin{
      .number = loss.new_number, .origin = loss.new_origin, .open_time = {}, .previous_checkpoint = loss.lost_note});
}

absl::Status Restorer::FillGaps() {
  const int64_t until = std::min(next_, size());
  const TimePoint now = SystemClock().WallNow();
  for (int64_t begin = 0; begin < until; begin += kGapsAtOnce) {
    const int64_t end = std::min(begin + kGapsAtOnce, until);
    std::vector<db::PayloadGap> gaps;
    RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) {
      gaps = db::FindPayloadGaps(transaction, begin, end);
      return absl::OkStatus();
    }));
    std::deque<EntryOnItsWay> entries;
    for (db::PayloadGap& gap : gaps) {
      EntryOnItsWay& entry = entries.emplace_back();
      RETURN_IF_ERROR(ReadLeaf(gap.leaf_index, std::move(gap.leaf), entry));
      entry.entry.payload_id = gap.payload_id;
      if (entry.entry.fields.retain_until < now) {
        entries.pop_back();  // what was disposed of does not come back
      }
    }
    RETURN_IF_ERROR(entries_->AddPayloads(entries));
    show_("entries looked through", end, until);
  }
  return absl::OkStatus();
}

absl::Status Restorer::CompareWithDatabase() {
  Digest root{};
  RETURN_IF_ERROR(connection_->Transact([&](db::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(root, db::ReadRoot(transaction, target_.checkpoint.tree_size));
    return absl::OkStatus();
  }));
  return root == target_.checkpoint.root_hash
             ? absl::OkStatus()
             : absl::DataLossError("the restored tree does not lead to the signed root: run `affidavit fsck`");
}

}  // namespace affidavit::cli
