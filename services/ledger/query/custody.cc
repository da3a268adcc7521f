#include "services/ledger/query/custody.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/envelope/leaf.h"
#include "db/facts_store.h"
#include "db/log_store.h"
#include "services/ledger/query/subject_page.h"
#include "services/ledger/wire/read_store.h"

namespace affidavit::ledger {
namespace {

CustodyView ReadView(db::Transaction& transaction) {
  CustodyView view;
  if (const std::optional<db::StoredOrigin> origin = db::ReadCurrentOrigin(transaction)) {
    const auto newest = db::ReadNewestCheckpoint(transaction, origin->origin);
    view.checkpoint_tree_size = newest ? newest->tree_size : 0;
  }
  const db::FactsProgress progress = db::ReadFactsProgress(transaction);
  view.tree_size = progress.tree_size;  // read after the checkpoint: at least as large
  view.projected_leaf_index = progress.next_leaf_index;
  return view;
}

absl::StatusOr<std::vector<std::string>> CorrelationsOf(const Delivery& delivery) {
  std::set<std::string> ids;
  for (const db::StoredEntry& entry : delivery.entries) {
    ASSIGN_OR_RETURN(LeafFields leaf, DecodeLeaf(entry.leaf));
    if (!leaf.correlation_id.empty()) {
      ids.insert(std::move(leaf.correlation_id));
    }
  }
  return std::vector<std::string>(ids.begin(), ids.end());
}

// Everything beside the entries of all messages, in one transaction.
absl::Status ReadBeside(db::ConnectionPool& pool, CustodyPage& page) {
  std::vector<db::StoredEntry> entries;
  std::vector<int64_t> leaf_indexes;
  std::vector<std::vector<std::string>> correlations;
  for (CustodyMessage& message : page.messages) {
    ASSIGN_OR_RETURN(std::vector<std::string> ids, CorrelationsOf(message.delivery));
    correlations.push_back(std::move(ids));
    for (db::StoredEntry& entry : message.delivery.entries) {
      leaf_indexes.push_back(entry.leaf_index);
      entries.push_back(std::move(entry));
    }
  }
  RETURN_IF_ERROR(ReadStore(pool, [&](db::Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(db::ReadPayloads(transaction, entries));
    page.copies = db::ReadCopies(transaction, leaf_indexes);
    page.projected = db::ReadProjectedFacts(transaction, leaf_indexes);
    for (size_t i = 0; i < page.messages.size(); ++i) {
      CustodyMessage& message = page.messages[i];
      message.holds = db::ReadHoldsFor(transaction, message.delivery.message_id, correlations[i]);
    }
    return absl::OkStatus();
  }));
  auto entry = entries.begin();
  for (CustodyMessage& message : page.messages) {
    for (db::StoredEntry& place : message.delivery.entries) {
      place = std::move(*entry++);
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::variant<CustodyPage, WireError> ReadCustody(db::ConnectionPool& pool, const CustodyRequest& request,
                                                 const DeliveryLimits& limits,
                                                 const std::function<bool()>& is_cancelled) {
  CustodyPage page;
  absl::Status status = ReadStore(pool, [&](db::Transaction& transaction) {
    page.view = ReadView(transaction);
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return StoreError(status);
  }
  std::variant<std::vector<Delivery>, WireError> found;
  if (request.key) {
    found = FindDeliveries(pool, *request.key, page.view.tree_size, limits, is_cancelled);
  } else {
    SubjectPage subject(pool, request, page.view, limits, is_cancelled);
    found = subject.Read();
    page.next = subject.next();
  }
  if (auto* error = std::get_if<WireError>(&found)) {
    return std::move(*error);
  }
  for (Delivery& delivery : std::get<std::vector<Delivery>>(found)) {
    page.messages.push_back({.delivery = std::move(delivery), .holds = {}});
  }
  status = page.messages.empty() ? absl::OkStatus() : ReadBeside(pool, page);
  if (!status.ok()) {
    return StoreError(status);
  }
  return page;
}

}  // namespace affidavit::ledger
