// The look-up of what a batch's keys are known by: one statement for each source and identity class in the batch, each
// over one of the identity indexes of migrations/0002_entries.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/append_store.h"
#include "db/binary_array.h"
#include "db/pipeline.h"

namespace affidavit::db {

// For tests: the statements by name, to look at their plans.
struct NamedStatement {
  const char* name;
  const char* sql;
};
std::span<const NamedStatement> LookupStatements();

// Encodes the keys once; both look-ups of a transaction use it. The keys' text must outlive it.
class Lookup {
 public:
  explicit Lookup(std::span<const LookupKey> keys);

  void Send(Pipeline& pipeline) const;
  size_t statement_count() const { return statements_.size(); }

  // Takes as many answers from the front of `answers` as Send made statements. Each entry once, by leaf_index.
  std::vector<FoundEntry> Collect(std::span<const Answer>& answers) const;

 private:
  struct Statement {
    const char* name;
    std::string source;
    std::vector<std::string> arguments;  // after the source: arrays or text in binary
  };

  void AddEnvelopeStatements(std::string_view source, std::span<const LookupKey* const> keys);
  void AddBodyStatement(std::string_view source, std::span<const LookupKey* const> keys);
  void AddRecordStatement(std::string_view source, EntryKind kind, std::span<const LookupKey* const> keys);

  std::vector<Statement> statements_;
};

}  // namespace affidavit::db
