#include "services/ledger/query/subject_page.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/envelope/leaf.h"
#include "db/custody_store.h"
#include "db/entry_reader.h"
#include "services/ledger/query/custody.h"
#include "services/ledger/wire/read_store.h"

namespace affidavit::ledger {
namespace {

constexpr int kSubjectEntriesAtOnce = 200;
constexpr int kSubjectEntriesMax = 1'000;  // that one page looks at

absl::StatusOr<std::vector<int64_t>> FindEntriesFor(db::ConnectionPool& pool, const Digest& subject_hash,
                                                    int64_t before_leaf_index) {
  std::vector<int64_t> found;
  RETURN_IF_ERROR(ReadStore(pool, [&](db::Transaction& transaction) {
    found = db::FindBySubject(transaction, subject_hash, before_leaf_index, kSubjectEntriesAtOnce);
    return absl::OkStatus();
  }));
  return found;
}

// The newest entries for a recipient below `before_leaf_index`, newest first.
absl::StatusOr<std::vector<db::StoredEntry>> ReadEntriesFor(db::ConnectionPool& pool, const Digest& subject_hash,
                                                            int64_t before_leaf_index) {
  db::ListPage page;
  RETURN_IF_ERROR(ReadStore(pool, [&](db::Transaction& transaction) -> absl::Status {
    page = {};
    const std::vector<int64_t> found =
        db::FindBySubject(transaction, subject_hash, before_leaf_index, kSubjectEntriesAtOnce);
    if (!found.empty()) {
      ASSIGN_OR_RETURN(page, db::ListEntries(transaction, {.subject_hash = subject_hash}, found.back(),
                                             before_leaf_index, kSubjectEntriesAtOnce, db::WithPayload::kNo, 0));
    }
    return absl::OkStatus();
  }));
  std::reverse(page.entries.begin(), page.entries.end());
  return std::move(page.entries);
}

}  // namespace

std::variant<std::vector<Delivery>, WireError> SubjectPage::Read() {
  // Of a log that is longer: forged, or of a database that has since been restored.
  if (request_.token && request_.token->tree_size > view_.tree_size) {
    return PageTokenOfAnother();
  }
  const int64_t projected = std::min(view_.projected_leaf_index, view_.tree_size);
  position_ = request_.token.value_or(PageToken{.tree_size = projected, .next_leaf_index = projected - 1});
  int64_t before = position_.next_leaf_index + 1;
  for (int looked_at = 0; looked_at < kSubjectEntriesMax; looked_at += kSubjectEntriesAtOnce) {
    const auto found = ReadEntriesFor(pool_, *request_.subject_hash, before);
    if (!found.ok()) {
      return StoreError(found.status());
    }
    for (const db::StoredEntry& entry : *found) {
      const Step step = Take(entry);
      if (step == Step::kFailed) {
        return error_;
      }
      if (step == Step::kPageEnds) {
        next_ = PageToken{.tree_size = position_.tree_size, .next_leaf_index = entry.leaf_index};
        return std::move(deliveries_);
      }
    }
    if (found->size() < static_cast<size_t>(kSubjectEntriesAtOnce) || found->back().leaf_index == 0) {
      return std::move(deliveries_);
    }
    before = found->back().leaf_index;
  }
  next_ = PageToken{.tree_size = position_.tree_size, .next_leaf_index = before - 1};
  return std::move(deliveries_);
}

SubjectPage::Step SubjectPage::Take(const db::StoredEntry& stored) {
  if (seen_.contains(stored.leaf_index)) {
    return Step::kGoOn;
  }
  if (deliveries_.size() == static_cast<size_t>(request_.page_size)) {
    return Step::kPageEnds;
  }
  const absl::StatusOr<LeafFields> leaf = DecodeLeaf(stored.leaf);
  if (!leaf.ok()) {
    return Fail(leaf.status());
  }
  if (!request_.source.empty() && leaf->source != request_.source) {
    return Step::kGoOn;
  }
  auto found = FindDeliveryOf(pool_, *leaf, view_.tree_size, limits_, is_cancelled_);
  if (auto* error = std::get_if<WireError>(&found)) {
    return Fail(std::move(*error));
  }
  Delivery& delivery = std::get<std::vector<Delivery>>(found).front();
  const absl::StatusOr<bool> was_shown = WasOnAnEarlierPage(delivery);
  if (!was_shown.ok()) {
    return Fail(was_shown.status());
  }
  const bool fits = entry_count_ + delivery.entries.size() <= static_cast<size_t>(limits_.entry_count_max) &&
                    payload_bytes_ + delivery.payload_bytes <= limits_.payload_bytes_max;
  if (!*was_shown && !fits && !deliveries_.empty()) {
    return Step::kPageEnds;
  }
  for (const db::StoredEntry& entry : delivery.entries) {
    seen_.insert(entry.leaf_index);
  }
  if (!*was_shown) {
    entry_count_ += delivery.entries.size();
    payload_bytes_ += delivery.payload_bytes;
    deliveries_.push_back(std::move(delivery));
  }
  return Step::kGoOn;
}

SubjectPage::Step SubjectPage::Fail(WireError error) {
  error_ = std::move(error);
  return Step::kFailed;
}

absl::StatusOr<bool> SubjectPage::WasOnAnEarlierPage(const Delivery& delivery) {
  const int64_t begin = position_.next_leaf_index + 1;  // what earlier pages have looked at
  std::set<int64_t> candidates;
  for (const db::StoredEntry& entry : delivery.entries) {
    if (entry.leaf_index >= begin && entry.leaf_index < position_.tree_size) {
      candidates.insert(entry.leaf_index);
    }
  }
  int64_t before = candidates.empty() ? 0 : *candidates.rbegin() + 1;
  while (before > begin) {
    ASSIGN_OR_RETURN(const std::vector<int64_t> found, FindEntriesFor(pool_, *request_.subject_hash, before));
    for (const int64_t leaf_index : found) {
      if (leaf_index >= begin && candidates.contains(leaf_index)) {
        return true;
      }
    }
    before = found.size() < static_cast<size_t>(kSubjectEntriesAtOnce) ? 0 : found.back();
  }
  return false;
}

}  // namespace affidavit::ledger
