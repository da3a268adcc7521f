#include "db/entry_list_walk.h"

#include <algorithm>
#include <pqxx/pqxx>

namespace affidavit::db {
namespace {

constexpr int64_t kStepSizeMax = 64;

// How many entries one page scans, and over how many it looks things up, before it ends early: about half a second
// either way.
constexpr int64_t kScannedMax = 262'144;
constexpr int64_t kProbedMax = int64_t{1024} << kWindowBits;

// Of one recipient, to be compared with the rest of the filter.
constexpr int kSubjectEntriesMax = 1'024;

bool IsKnownOfBlocks(const ListFilter& filter) {
  return !filter.kinds.empty() || !filter.source.empty() || !filter.channel.empty() || !filter.event_type.empty() ||
         filter.start_time.has_value() || filter.end_time.has_value();
}

ListAccess AccessOf(const ListFilter& filter) {
  if (!filter.message_id.empty() || !filter.correlation_id.empty()) {
    return ListAccess::kWindows;
  }
  if (filter.subject_hash.has_value()) {
    return ListAccess::kSubject;
  }
  return IsKnownOfBlocks(filter) ? ListAccess::kBlocks : ListAccess::kScan;
}

int64_t LookUntil(ListAccess access, int64_t from, int64_t tree_size) {
  const bool by_range = access == ListAccess::kWindows || access == ListAccess::kBlocks;
  return by_range ? std::min(tree_size, from + kProbedMax) : tree_size;
}

pqxx::result RunList(Transaction& transaction, const ListStatement& statement) {
  return transaction.exec_params(statement.sql, pqxx::prepare::make_dynamic_params(statement.parameters));
}

}  // namespace

ListWalk::ListWalk(Transaction& transaction, const ListFilter& filter, int64_t from, int64_t tree_size)
    : transaction_(transaction),
      filter_(filter),
      access_(AccessOf(filter)),
      tree_size_(tree_size),
      look_until_(LookUntil(access_, from, tree_size)),
      scan_left_(kScannedMax),
      next_step_size_(filter.message_id.empty() ? 1 : 4) {}

std::optional<ListStep> ListWalk::Next(int64_t from) {
  if (from >= look_until_ || scan_left_ <= 0) {
    return std::nullopt;
  }
  ListStep step{.access = access_, .from = from, .until = tree_size_};
  switch (access_) {
    case ListAccess::kScan:
      break;
    case ListAccess::kWindows:
      step.until = std::min(look_until_, ((from >> kWindowBits) + TakeStepSize()) << kWindowBits);
      return step;
    case ListAccess::kBlocks:
      step = NextBlocks(from);
      break;
    case ListAccess::kSubject:
      return NextSubjects(from);
  }
  if (step.access == ListAccess::kScan) {
    step.until = std::min(tree_size_, from + scan_left_);
    scan_left_ = 0;
  }
  return step;
}

ListStep ListWalk::NextBlocks(int64_t from) {
  const int64_t step_size = std::min(TakeStepSize(), std::max<int64_t>(scan_left_ >> kBlockBits, 1));
  const int64_t first = from >> kBlockBits;
  const int64_t end = ((look_until_ - 1) >> kBlockBits) + 1;
  // Cursor and blocks are of one snapshot, and that no other transaction empties the blocks while this one has read
  // them, TRUNCATE's lock sees to: what is below the cursor is in the blocks, and the rest is scanned.
  const pqxx::result rows =
      RunList(transaction_, BlocksStatement(filter_, first, end, static_cast<int>(step_size) + 1));
  const auto cursor = rows[0][0].as<int64_t>();
  ListStep step{.access = ListAccess::kBlocks, .from = from, .until = std::min(look_until_, cursor)};
  if (from >= cursor) {
    step.access = ListAccess::kScan;
    return step;
  }
  for (const pqxx::row& row : rows) {
    if (row[1].is_null()) {
      break;
    }
    const auto block = row[1].as<int64_t>();
    if (static_cast<int64_t>(step.blocks.size()) == step_size) {
      step.until = block << kBlockBits;  // where the next step finds it
      break;
    }
    step.blocks.push_back(block);
  }
  scan_left_ -= static_cast<int64_t>(step.blocks.size()) << kBlockBits;
  return step;
}

ListStep ListWalk::NextSubjects(int64_t from) {
  scan_left_ = 0;
  const pqxx::result rows = RunList(transaction_, SubjectEndStatement(filter_, from, kSubjectEntriesMax));
  const int64_t until = rows.empty() ? tree_size_ : std::min(tree_size_, rows[0][0].as<int64_t>());
  return {.access = ListAccess::kSubject, .from = from, .until = until, .blocks = {}};
}

int64_t ListWalk::TakeStepSize() {
  const int64_t step_size = next_step_size_;
  next_step_size_ = std::min(2 * next_step_size_, kStepSizeMax);
  return step_size;
}

}  // namespace affidavit::db
