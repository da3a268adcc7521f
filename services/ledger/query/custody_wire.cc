#include "services/ledger/query/custody_wire.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/status_macros.h"
#include "core/envelope/leaf.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::ledger {
namespace {

v1::Consent ConsentOf(std::string_view name) {
  if (name == "given") {
    return v1::CONSENT_GIVEN;
  }
  if (name == "refused") {
    return v1::CONSENT_REFUSED;
  }
  return name == "absent" ? v1::CONSENT_ABSENT : v1::CONSENT_UNSPECIFIED;
}

v1::SchemaVerdict::Outcome OutcomeOf(std::string_view name) {
  if (name == "valid") {
    return v1::SchemaVerdict::OUTCOME_VALID;
  }
  if (name == "drifted") {
    return v1::SchemaVerdict::OUTCOME_DRIFTED;
  }
  return name == "unregistered" ? v1::SchemaVerdict::OUTCOME_UNREGISTERED : v1::SchemaVerdict::OUTCOME_UNSPECIFIED;
}

void SetReceipt(const db::MirrorReceipt& receipt, v1::CustodyCopy& copy) {
  copy.set_outcome(std::string(db::MirrorOutcomeName(receipt.outcome)));
  copy.set_store(receipt.store);
  copy.set_object_key(receipt.object_key);
  copy.set_version_id(receipt.version_id);
  if (receipt.checksum) {
    copy.set_checksum_sha256(std::string(AsBytes(*receipt.checksum)));
  }
  if (receipt.retain_until) {
    *copy.mutable_retain_until_time() = ToTimestamp(*receipt.retain_until);
  }
  if (receipt.store_time) {
    *copy.mutable_store_time() = ToTimestamp(*receipt.store_time);
  }
  copy.set_legal_hold(receipt.legal_hold);
  *copy.mutable_write_time() = ToTimestamp(receipt.write_time);
  copy.set_worker_id(receipt.worker_id);
}

void SetCopy(const CustodyPage& page, int64_t leaf_index, v1::CustodyEvent& event) {
  const auto found = page.copies.find(leaf_index);
  if (found == page.copies.end()) {
    return;
  }
  if (found->second.has_receipt) {
    SetReceipt(found->second.receipt, *event.mutable_copy());
  } else {
    event.mutable_copy()->set_outcome("waiting");
    event.mutable_copy()->set_detail(found->second.finding);
  }
}

void SetProjected(const CustodyPage& page, int64_t leaf_index, v1::CustodyEvent& event) {
  const auto found = page.projected.find(leaf_index);
  if (found == page.projected.end()) {
    return;
  }
  const db::ProjectedFact& fact = found->second;
  event.set_carrier(fact.carrier);
  event.set_consent(ConsentOf(fact.consent));
  if (!fact.verdict.empty()) {
    v1::SchemaVerdict& verdict = *event.mutable_schema_verdict();
    verdict.set_outcome(OutcomeOf(fact.verdict));
    verdict.set_schema_id(fact.schema_id);
    verdict.set_drift_pointer(fact.drift_pointer);
    verdict.set_drift_reason(fact.drift_reason);
  }
}

void SetDrift(const MessageFact& fact, int drift_threshold_ms, v1::CustodyEvent& event) {
  if (!fact.event_time || !fact.delivery_time) {
    return;
  }
  using std::chrono::milliseconds;
  const auto drift = *fact.delivery_time - *fact.event_time;
  event.set_clock_drift_ms(std::chrono::duration_cast<milliseconds>(drift).count());
  event.set_clock_drift_exceeded(std::chrono::abs(drift) > milliseconds(drift_threshold_ms));
}

// Of one message: its entries as the state machine reads them, and by leaf_index.
struct ReadMessage {
  std::vector<MessageEntry> entries;
  std::map<int64_t, size_t> places;
};

absl::StatusOr<ReadMessage> ReadEntries(const Delivery& delivery) {
  ReadMessage read;
  for (const db::StoredEntry& stored : delivery.entries) {
    ASSIGN_OR_RETURN(LeafFields leaf, DecodeLeaf(stored.leaf));
    read.places.emplace(stored.leaf_index, read.entries.size());
    read.entries.push_back({.leaf_index = stored.leaf_index, .leaf = std::move(leaf), .raw = stored.payload});
  }
  return read;
}

absl::StatusOr<v1::CustodyEvent> EventOf(const MessageFact& fact, const LeafFields& leaf, db::StoredEntry stored,
                                         const CustodyMessage& message, const CustodyPage& page,
                                         int drift_threshold_ms) {
  v1::CustodyEvent event;
  event.set_status(ToProto(fact.status));
  event.set_status_word(fact.detail);
  SetDrift(fact, drift_threshold_ms, event);
  SetCopy(page, fact.leaf_index, event);
  SetProjected(page, fact.leaf_index, event);
  event.set_is_published(fact.leaf_index < page.view.checkpoint_tree_size);
  for (const LegalHold& hold : message.holds) {
    if (Binds(hold.predicate, leaf)) {
      event.add_hold_ids(hold.hold_id);
    }
  }
  event.set_payload_disposed(!stored.payload);
  event.set_payload_error(stored.payload_error);
  stored.payload.reset();
  ASSIGN_OR_RETURN(*event.mutable_entry(), ToProto(std::move(stored)));
  return event;
}

// What the chain says of itself, beyond its status.
void SetHead(const Delivery& delivery, const ReadMessage& read, const MessageStory& story, v1::CustodyChain& chain) {
  chain.set_source(delivery.source);
  chain.set_message_id(delivery.message_id);
  chain.set_event_id(delivery.event_id);
  for (const MessageFact& fact : story.facts) {
    const LeafFields& leaf = read.entries[read.places.at(fact.leaf_index)].leaf;
    if (chain.channel().empty()) {
      chain.set_channel(leaf.channel);
    }
    const auto& known = chain.correlation_ids();
    if (!leaf.correlation_id.empty() && std::find(known.begin(), known.end(), leaf.correlation_id) == known.end()) {
      chain.add_correlation_ids(leaf.correlation_id);
    }
  }
}

absl::StatusOr<v1::CustodyChain> ChainOf(CustodyMessage& message, const CustodyPage& page, int drift_threshold_ms) {
  ASSIGN_OR_RETURN(const ReadMessage read, ReadEntries(message.delivery));
  const MessageStory story = DeriveStory(read.entries);
  v1::CustodyChain chain;
  SetHead(message.delivery, read, story, chain);
  chain.set_status(ToProto(story.status));
  if (story.decided_by) {
    chain.set_decided_by_leaf_index(*story.decided_by);
  }
  chain.set_late_delivery(story.late_delivery);
  chain.set_conflict_count(story.conflict_count);
  for (const MessageFact& fact : story.facts) {
    const size_t place = read.places.at(fact.leaf_index);
    ASSIGN_OR_RETURN(*chain.add_events(),
                     EventOf(fact, read.entries[place].leaf, std::move(message.delivery.entries[place]), message, page,
                             drift_threshold_ms));
  }
  return chain;
}

}  // namespace

v1::MessageStatus ToProto(MessageStatus status) {
  switch (status) {
    case MessageStatus::kUnknown:
      return v1::MESSAGE_STATUS_UNKNOWN;
    case MessageStatus::kPending:
      return v1::MESSAGE_STATUS_PENDING;
    case MessageStatus::kDelivered:
      return v1::MESSAGE_STATUS_DELIVERED;
    case MessageStatus::kRead:
      return v1::MESSAGE_STATUS_READ;
    case MessageStatus::kFailed:
      return v1::MESSAGE_STATUS_FAILED;
    case MessageStatus::kTimedOut:
      return v1::MESSAGE_STATUS_TIMED_OUT;
  }
  return v1::MESSAGE_STATUS_UNSPECIFIED;
}

absl::StatusOr<v1::GetCustodyChainResponse> ToProto(CustodyPage page, int drift_threshold_ms) {
  v1::GetCustodyChainResponse response;
  response.set_tree_size(page.view.tree_size);
  response.set_checkpoint_tree_size(page.view.checkpoint_tree_size);
  response.set_projected_leaf_index(page.view.projected_leaf_index);
  response.set_drift_threshold_ms(drift_threshold_ms);
  for (CustodyMessage& message : page.messages) {
    ASSIGN_OR_RETURN(*response.add_chains(), ChainOf(message, page, drift_threshold_ms));
  }
  return response;
}

}  // namespace affidavit::ledger
