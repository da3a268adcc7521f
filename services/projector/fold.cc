#include "services/projector/fold.h"

#include <algorithm>
#include <optional>

#include "core/envelope/adapter_retirement.h"
#include "core/envelope/entry_kind.h"
#include "core/evidence/subject.h"
#include "core/schema/shape.h"

namespace affidavit::projector {
namespace {

constexpr std::string_view kReadType = "message:read";

bool IsOfMessage(EntryKind kind) {
  return kind == EntryKind::kEnvelope || kind == EntryKind::kConflict || kind == EntryKind::kStatus;
}

// Counts one more entry in a sighting of a version or a shape.
template <typename Sighting>
void Sight(const LeafFields& leaf, Sighting& sighting) {
  sighting.first_receive_time = std::min(sighting.first_receive_time, leaf.receive_time);
  sighting.last_receive_time = std::max(sighting.last_receive_time, leaf.receive_time);
  ++sighting.entry_count;
}

template <typename Sighting>
Sighting NewSighting(const LeafFields& leaf, int64_t leaf_index) {
  Sighting sighting;
  sighting.source = leaf.source;
  sighting.event_type = leaf.event_type;
  sighting.schema_version = leaf.schema_version;
  sighting.first_leaf_index = leaf_index;
  sighting.first_receive_time = sighting.last_receive_time = leaf.receive_time;
  return sighting;
}

// The sighting that stands at `key` in `places`; `sightings` gets a new one when there is none.
template <typename Key, typename Sighting>
Sighting& SightingAt(const Key& key, const LeafFields& leaf, int64_t leaf_index, std::map<Key, size_t>& places,
                     std::vector<Sighting>& sightings) {
  const auto [place, is_new] = places.emplace(key, sightings.size());
  if (is_new) {
    sightings.push_back(NewSighting<Sighting>(leaf, leaf_index));
  }
  return sightings[place->second];
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
    types_.emplace(known.source, known.event_type);
    auto& of_version = shapes_[{known.source, known.event_type, known.schema_version}];
    if (!known.shape_id.empty()) {
      of_version.insert(known.shape_id);
    }
  }
}

FoldedStep Fold::Step(int64_t begin, const std::vector<db::MirrorEntry>& entries) {
  FoldedStep folded;
  Sightings sightings;
  folded.step.begin = begin;
  folded.step.end = begin + static_cast<int64_t>(entries.size());
  for (const db::MirrorEntry& entry : entries) {
    if (entry.entry.ok()) {
      FoldEntry(*entry.entry, folded, sightings);
    } else {
      folded.unread.push_back(entry.leaf_index);
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

void Fold::AddVersion(const Envelope& envelope, FoldedStep& folded, Sightings& sightings) {
  const auto& [entry, leaf, key, row] = envelope;
  db::VersionSighting& version = SightingAt(key, leaf, entry.leaf_index, sightings.versions, folded.step.versions);
  Sight(leaf, version);
  const bool is_known_type = !types_.emplace(leaf.source, leaf.event_type).second;
  const bool is_new_version = shapes_.try_emplace(key).second;
  if (is_new_version && is_known_type) {
    folded.changes.push_back({entry.leaf_index, leaf.source, leaf.event_type, leaf.schema_version, ""});
  }
  if (!entry.payload.has_value()) {
    return;
  }
  const absl::StatusOr<Shape> shape = ShapeOf(*entry.payload, ReaderOf(leaf.source).pointers().map_objects);
  if (shape.ok()) {  // else it is no JSON that we read, and has no verdict either
    AddShape(envelope, *shape, folded, sightings, version);
    AddVerdict(envelope, folded, sightings, version);
  }
}

void Fold::AddShape(const Envelope& envelope, const Shape& shape, FoldedStep& folded, Sightings& sightings,
                    db::VersionSighting& version) {
  const auto& [entry, leaf, key, row] = envelope;
  const std::string shape_id = ShapeId(shape);
  std::unordered_set<std::string>& known = shapes_[key];
  const bool is_new = !known.contains(shape_id);
  if (is_new && known.size() >= kShapesOfVersionMax) {
    ++version.unshaped_count;
    return;
  }
  row.shape_id = shape_id;
  db::ShapeSighting& sighting =
      SightingAt(std::make_pair(key, shape_id), leaf, entry.leaf_index, sightings.shapes, folded.step.shapes);
  Sight(leaf, sighting);
  sighting.shape_id = shape_id;
  if (!is_new) {
    return;
  }
  sighting.fields = shape.fields;
  ++version.new_shape_count;
  if (!known.empty()) {
    folded.changes.push_back({entry.leaf_index, leaf.source, leaf.event_type, leaf.schema_version, shape_id});
  }
  known.insert(shape_id);
}

void Fold::AddVerdict(const Envelope& envelope, FoldedStep& folded, Sightings& sightings,
                      db::VersionSighting& version) {
  const auto& [entry, leaf, key, row] = envelope;
  const BoundSchema* bound = SchemaOf(key);
  if (bound == nullptr) {
    row.verdict = "unregistered";
    ++version.unregistered_count;
    return;
  }
  row.schema_id = bound->schema_id;
  const std::optional<schema::Drift> drift = bound->compiled->Validate(*entry.payload);
  if (!drift.has_value()) {
    row.verdict = "valid";
    ++version.valid_count;
    return;
  }
  row.verdict = "drifted";
  ++version.drifted_count;
  row.drift_pointer = drift->pointer;
  row.drift_reason = drift->reason;
  if (sightings.drifts.emplace(bound->schema_id, drift->pointer, drift->reason).second) {
    folded.drifts.push_back(
        {entry.leaf_index, leaf.source, leaf.event_type, leaf.schema_version, bound->schema_id, *drift});
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
                                         .retire_time = leaf.receive_time});
    } else {
      folded.unread.push_back(entry.leaf_index);
    }
  }
}

void Fold::FoldRegistration(const SchemaRegistration& registration, const db::StoredEntry& entry,
                            const LeafFields& leaf, FoldedStep& folded) {
  db::SchemaRow row{.leaf_index = entry.leaf_index,
                    .schema_id = SchemaIdOf(registration.schema),
                    .source = registration.source,
                    .event_type = registration.event_type,
                    .schema_version = registration.schema_version,
                    .actor = registration.actor,
                    .schema = registration.schema,
                    .register_time = leaf.receive_time};
  BoundSchema& bound = schemas_[{row.source, row.event_type, row.schema_version}];
  bound = {.schema_id = row.schema_id, .text = row.schema};
  folded.step.schemas.push_back(std::move(row));
}

const DetailReader& Fold::ReaderOf(const std::string& source) const {
  const auto reader = readers_.find(source);
  return reader == readers_.end() ? no_details_ : reader->second;
}

const Fold::BoundSchema* Fold::SchemaOf(const VersionKey& key) {
  const auto found = schemas_.find(key);
  if (found == schemas_.end()) {
    return nullptr;
  }
  BoundSchema& bound = found->second;
  if (!bound.is_compiled) {
    bound.is_compiled = true;
    if (auto compiled = schema::CompiledSchema::Compile(bound.text); compiled.ok()) {
      bound.compiled = *std::move(compiled);
    }
  }
  return bound.compiled == nullptr ? nullptr : &bound;
}

}  // namespace affidavit::projector
