// What entries of the log mean for the projections: entries in, in the log's order, and one step for db::WriteFacts
// out. A function of the log and of what the sources are configured to say; no database, no clock, no alert. Used by
// one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/envelope/details.h"
#include "core/envelope/leaf.h"
#include "core/evidence/status_word.h"
#include "core/schema/registration.h"
#include "core/schema/shape.h"
#include "db/facts_store.h"
#include "db/mirror_store.h"
#include "services/schema/compiled_schema.h"

namespace affidavit::projector {

inline constexpr size_t kVersionsOfTypeMax = 1'000;   // of one source and event type; later ones are not counted
inline constexpr size_t kShapesOfVersionMax = 1'000;  // shapes that come after count as unshaped

struct FoldOptions {
  std::map<std::string, DetailPointers> details;  // by source; of any other source nothing is read
  std::string subject_key;                        // empty: no recipient is hashed
};

// Traffic showed a version of a type that was known before, or a shape under a version that was known before. The first
// version of a type, and the first shape of a version, say nothing that the other one does not: they are none.
struct SchemaChange {
  int64_t leaf_index = 0;
  std::string source, event_type, schema_version;
  std::string shape_id;  // empty: the version is new
};

// A payload that is not what its schema says.
struct SchemaDrift {
  int64_t leaf_index = 0;
  std::string source, event_type, schema_version, schema_id;
  schema::Drift drift;
};

struct FoldedStep {
  db::FactsStep step;
  std::vector<SchemaChange> changes;
  std::vector<SchemaDrift> drifts;  // the first of each (schema_id, pointer, reason) of the step
  std::vector<int64_t> unread;      // entries, or governance acts, that are damaged: only the cursor passes them
};

class Fold {
 public:
  explicit Fold(FoldOptions options);

  // What is known before the next step; forgets everything else.
  void Reset(const std::vector<db::SchemaRow>& schemas, const std::vector<db::KnownShape>& shapes);

  // Entries from `begin` on, one each, until they are all folded or, after one at least, `is_enough` says so: a schema
  // may take its time over each payload. A step whose result is not kept must be followed by a Reset.
  FoldedStep Step(
      int64_t begin, const std::vector<db::MirrorEntry>& entries,
      const std::function<bool()>& is_enough = [] { return false; });

 private:
  using VersionKey = std::tuple<std::string, std::string, std::string>;  // source, event type, schema version

  struct BoundSchema {
    std::string schema_id;
    std::string text;
    bool is_compiled = false;  // so that what does not compile is tried once
    std::unique_ptr<schema::CompiledSchema> compiled;
  };

  // The sightings of the step under way, by where they stand in it.
  struct Sightings {
    std::map<VersionKey, size_t> versions;
    std::map<std::pair<VersionKey, std::string>, size_t> shapes;
    std::set<std::tuple<std::string, std::string, std::string>> drifts;
  };

  // An envelope on its way into the step.
  struct Envelope {
    const db::StoredEntry& entry;
    const LeafFields& leaf;
    const VersionKey key;
    db::MessageFactRow& row;
  };

  void FoldEntry(const db::StoredEntry& entry, FoldedStep& folded, Sightings& sightings);
  void FoldMessage(const db::StoredEntry& entry, const LeafFields& leaf, FoldedStep& folded, Sightings& sightings);
  void FoldGovernance(const db::StoredEntry& entry, const LeafFields& leaf, FoldedStep& folded);
  void FoldRegistration(const SchemaRegistration& registration, const db::StoredEntry& entry, const LeafFields& leaf,
                        FoldedStep& folded);
  void AddDetails(const db::StoredEntry& entry, const LeafFields& leaf, db::MessageFactRow& row) const;
  // The version that it shows, and its payload's shape and verdict; of a type with kVersionsOfTypeMax versions already,
  // whose source seems to put data there, the verdict alone.
  void AddVersion(const Envelope& envelope, FoldedStep& folded, Sightings& sightings);
  void AddVerdictAlone(const Envelope& envelope, FoldedStep& folded, Sightings& sightings);
  void AddShape(const Envelope& envelope, const Shape& shape, FoldedStep& folded, Sightings& sightings,
                db::VersionSighting& version);
  void AddVerdict(const Envelope& envelope, FoldedStep& folded, Sightings& sightings, db::VersionSighting& version);

  const DetailReader& ReaderOf(const std::string& source) const;
  // Null: no schema is registered, or it does not compile.
  const BoundSchema* SchemaOf(const VersionKey& key);

  const std::string subject_key_;
  std::map<std::string, DetailReader> readers_;
  const DetailReader no_details_;
  const StatusWordReader status_words_;

  std::map<VersionKey, BoundSchema> schemas_;
  std::map<VersionKey, std::unordered_set<std::string>> shapes_;  // every known version has an element
  std::map<std::pair<std::string, std::string>, size_t> types_;   // source, event type: how many versions are known
};

}  // namespace affidavit::projector
