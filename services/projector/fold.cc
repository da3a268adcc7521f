#include "services/projector/fold.h"

#include "core/envelope/adapter_retirement.h"
#include "core/envelope/entry_kind.h"
#include "core/evidence/subject.h"

namespace affidavit::projector {
namespace {

constexpr std::string_view kReadType = "message:read";

bool IsOfMessage(EntryKind kind) {
  return kind == EntryKind::kEnvelope || kind == EntryKind::kConflict || kind == EntryKind::kStatus;
}

}  // namespace

Fold::Fold(FoldOptions options) : subject_key_(std::move(options.subject_key)), no_details_(DetailPointers()) {
  for (auto& [source, pointers] : options.details) {
    readers_.emplace(source, DetailReader(std::move(pointers)));
  }
}

void Fold::Reset(const std::vector<db::SchemaRow>& schemas, const std::vector<db::KnownShape>& shapes) {
  schemas_.clear();
  shapes_.clear();
  types_.clear();
  for (const db::SchemaRow& row : schemas) {
    schemas_[{row.source, row.event_type, row.schema_version}] = {.schema_id = row.schema_id, .text = row.schema};
  }
  for (const db::KnownShape& known : shapes) {
    const auto [version, is_new] = shapes_.try_emplace({known.source, known.event_type, known.schema_version});
    types_[{known.source, known.event_type}] += is_new ? 1 : 0;
    auto& of_version = version->second;
    if (!known.shape_id.empty()) {
      of_version.insert(known.shape_id);
    }
  }
}

FoldedStep Fold::Step(int64_t begin, const std::vector<db::MirrorEntry>& entries,
                      const std::function<bool()>& is_enough) {
  FoldedStep folded;
  Sightings sightings;
  folded.step.begin = begin;
  folded.step.end = begin;
  for (const db::MirrorEntry& entry : entries) {
    if (entry.entry.ok()) {
      FoldEntry(*entry.entry, folded, sightings);
    } else {
      folded.unread.push_back(entry.leaf_index);
    }
    ++folded.step.end;
    if (is_enough()) {
      break;
    }
  }
  return folded;
}

void Fold::FoldEntry(const db::StoredEntry& entry, FoldedStep& folded, Sightings& sightings) {
  const absl::StatusOr<LeafFields> leaf = DecodeLeaf(entry.leaf);
  if (!leaf.ok()) {
    folded.unread.push_back(entry.leaf_index);
    return;
  }
  folded.step.entries.push_back({.leaf_index = entry.leaf_index,
                                 .source = leaf->source,
                                 .kind = std::string(EntryKindName(leaf->kind)),
                                 .event_type = leaf->event_type,
                                 .channel = leaf->channel,
                                 .receive_time = leaf->receive_time});
  if (IsOfMessage(leaf->kind)) {
    FoldMessage(entry, *leaf, folded, sightings);
  } else if (leaf->kind == EntryKind::kGovernance) {
    FoldGovernance(entry, *leaf, folded);
  }
}

void Fold::FoldMessage(const db::StoredEntry& entry, const LeafFields& leaf, FoldedStep& folded, Sightings& sightings) {
  db::MessageFactRow row;
  row.source = leaf.source;
  row.message_id = leaf.message_id;
  row.kind = EntryKindName(leaf.kind);
  row.event_type = leaf.event_type;
  row.channel = leaf.channel;
  row.event_id = leaf.event_id;
  row.integrate_time = entry.integrate_time;
  row.payload_error = entry.payload_error;
  MessageEntry told{.leaf_index = entry.leaf_index, .leaf = leaf};
  if (entry.payload.has_value()) {
    told.raw = *entry.payload;
  }
  row.fact = FactOf(told, status_words_);
  if (entry.payload.has_value() && leaf.kind != EntryKind::kStatus) {  // what we derived is of no sender's form
    AddDetails(entry, leaf, row);
  }
  if (leaf.kind == EntryKind::kEnvelope) {
    AddVersion({entry, leaf, {leaf.source, leaf.event_type, leaf.schema_version}, row}, folded, sightings);
  }
  folded.step.facts.push_back(std::move(row));
}

// REQUIRES: the payload is there.
void Fold::AddDetails(const db::StoredEntry& entry, const LeafFields& leaf, db::MessageFactRow& row) const {
  const PayloadDetails details = ReaderOf(leaf.source).Read(*entry.payload);
  row.carrier = details.carrier;
  const bool is_read = leaf.event_type == kReadType || row.fact.status == MessageStatus::kRead;
  if (is_read && leaf.kind == EntryKind::kEnvelope) {
    row.consent = ConsentName(details.consent);
  }
  if (!subject_key_.empty() && !NormalizeAddress(details.recipient).empty()) {
    row.subject_hash = SubjectHash(subject_key_, details.recipient);
  }
}

void Fold::FoldGovernance(const db::StoredEntry& entry, const LeafFields& leaf, FoldedStep& folded) {
  const std::string payload = entry.payload.value_or("");
  if (leaf.event_type == kSchemaRegisterType) {
    const absl::StatusOr<SchemaRegistration> registration = DecodeRegistration(payload);
    if (registration.ok()) {
      FoldRegistration(*registration, entry, leaf, folded);
    } else {
      folded.unread.push_back(entry.leaf_index);
    }
  } else if (leaf.event_type == kAdapterRetireType) {
    const absl::StatusOr<RetireAdapter> act = DecodeRetirement(payload);
    if (act.ok()) {
      folded.step.retirements.push_back({.adapter_id = act->adapter_id,
                                         .actor = act->actor,
                                         .leaf_index = entry.leaf_index,
                                         .retire_time = entry.integrate_time});
    } else {
      folded.unread.push_back(entry.leaf_index);
    }
  }
}

const DetailReader& Fold::ReaderOf(const std::string& source) const {
  const auto reader = readers_.find(source);
  return reader == readers_.end() ? no_details_ : reader->second;
}

}  // namespace affidavit::projector
