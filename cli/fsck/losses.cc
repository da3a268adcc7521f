#include "cli/fsck/losses.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "core/base/status_macros.h"
#include "core/envelope/leaf.h"
#include "db/entry_reader.h"
#include "db/publishing.h"

namespace affidavit::cli {
namespace {

constexpr int kRecordsMax = 16;  // of one event id: sources and kinds beside the one that is looked for

// What the record at `leaf_index` announces of `origin`; nothing when it is no such record.
absl::StatusOr<std::optional<Loss>> ReadRecord(db::Transaction& transaction, int64_t leaf_index,
                                               const db::StoredOrigin& origin, const Checkpoint& lost) {
  absl::StatusOr<std::optional<db::StoredEntry>> entry = db::ReadEntry(transaction, leaf_index, db::WithPayload::kYes);
  if (absl::IsDataLoss(entry.status())) {
    return std::optional<Loss>();  // the scan names what is wrong with it
  }
  RETURN_IF_ERROR(entry.status());
  const absl::StatusOr<LeafFields> leaf = *entry ? DecodeLeaf((*entry)->leaf) : absl::NotFoundError("no such entry");
  if (!leaf.ok() || leaf->kind != EntryKind::kGovernance || leaf->source != "affidavit" ||
      leaf->event_type != "log:recovered" || leaf->event_id != origin.origin) {
    return std::optional<Loss>();
  }
  if (!(*entry)->payload) {
    return std::optional(Loss{lost, 0});  // disposed of: the leaf still announces the incarnation
  }
  boost::json::error_code error;
  const boost::json::value payload = boost::json::parse(*(*entry)->payload, error);
  const boost::json::object* const members = error ? nullptr : payload.if_object();
  const boost::json::value* const note = members ? members->if_contains("last_checkpoint") : nullptr;
  const boost::json::value* const agreed = members ? members->if_contains("agreed_tree_size") : nullptr;
  if (!note || !note->is_string() || note->get_string() != origin.previous_checkpoint || !agreed ||
      !agreed->is_int64() || agreed->get_int64() < 0) {
    return std::optional<Loss>();
  }
  return std::optional(Loss{lost, static_cast<uint64_t>(agreed->get_int64())});
}

absl::StatusOr<Checkpoint> ReadLostCheckpoint(const std::string& signed_note, const CheckpointPolicy& policy) {
  if (!policy.log_keys.empty()) {
    ASSIGN_OR_RETURN(VerifiedCheckpoint verified, VerifyCheckpoint(signed_note, policy));
    return std::move(verified.checkpoint);
  }
  ASSIGN_OR_RETURN(const Note note, ParseNote(signed_note));
  return ParseCheckpoint(note.text);
}

absl::Status AddLoss(db::Transaction& transaction, const db::StoredOrigin& origin, const CheckpointPolicy& policy,
                     Losses& losses) {
  const std::string sentence = absl::StrCat("incarnation ", origin.number, " is not announced in the log");
  const absl::StatusOr<Checkpoint> lost = ReadLostCheckpoint(origin.previous_checkpoint, policy);
  if (!lost.ok()) {
    losses.problems.push_back(absl::StrCat(sentence, ": what its row names as lost: ", lost.status().message()));
    return absl::OkStatus();
  }
  for (const db::Candidate& candidate : db::FindByEventId(transaction, origin.origin, "affidavit", kRecordsMax)) {
    ASSIGN_OR_RETURN(std::optional<Loss> loss, ReadRecord(transaction, candidate.leaf_index, origin, *lost));
    if (loss) {
      losses.announced.push_back(*std::move(loss));
      return absl::OkStatus();
    }
  }
  losses.problems.push_back(sentence);
  return absl::OkStatus();
}

}  // namespace

bool Losses::Cover(const Checkpoint& checkpoint) const {
  return std::any_of(announced.begin(), announced.end(), [&checkpoint](const Loss& loss) {
    return loss.lost.origin == checkpoint.origin && checkpoint.tree_size > loss.agreed_tree_size &&
           (loss.lost.tree_size > checkpoint.tree_size ||
            (loss.lost.tree_size == checkpoint.tree_size && loss.lost.root_hash == checkpoint.root_hash));
  });
}

absl::StatusOr<Losses> ReadLosses(db::Connection& connection, const CheckpointPolicy& policy) {
  Losses losses;
  RETURN_IF_ERROR(connection.Transact([&](db::Transaction& transaction) -> absl::Status {
    losses = {};
    for (const db::StoredOrigin& origin : db::ReadOrigins(transaction)) {
      if (origin.number > 1) {
        RETURN_IF_ERROR(AddLoss(transaction, origin, policy, losses));
      }
    }
    return absl::OkStatus();
  }));
  return losses;
}

}  // namespace affidavit::cli
