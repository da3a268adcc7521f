// What the fold learns of versions and shapes, and how it holds payloads against their schemas.
#include <algorithm>
#include <optional>

#include "core/schema/shape.h"
#include "services/projector/fold.h"

namespace affidavit::projector {
namespace {

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

// Of a version that nobody counts any more: whoever registered a schema for it hears of what drifts all the same.
void Fold::AddVerdictAlone(const Envelope& envelope, FoldedStep& folded, Sightings& sightings) {
  const auto& [entry, leaf, key, row] = envelope;
  if (entry.payload.has_value() && ShapeOf(*entry.payload, ReaderOf(leaf.source).pointers().map_objects).ok()) {
    db::VersionSighting nobodys;
    AddVerdict(envelope, folded, sightings, nobodys);
  }
}

void Fold::AddVersion(const Envelope& envelope, FoldedStep& folded, Sightings& sightings) {
  const auto& [entry, leaf, key, row] = envelope;
  size_t& version_count = types_[{leaf.source, leaf.event_type}];
  if (!shapes_.contains(key)) {
    if (version_count >= kVersionsOfTypeMax) {
      AddVerdictAlone(envelope, folded, sightings);
      return;
    }
    if (version_count++ > 0) {
      folded.changes.push_back({entry.leaf_index, leaf.source, leaf.event_type, leaf.schema_version, ""});
    }
    shapes_.try_emplace(key);
  }
  db::VersionSighting& version = SightingAt(key, leaf, entry.leaf_index, sightings.versions, folded.step.versions);
  Sight(leaf, version);
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
