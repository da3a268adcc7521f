// The statements of ListEntries (db/entry_reader.h). Pure. For the files of this room and tests of their plans.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/entry_reader.h"

namespace affidavit::db {

// The indexes by message_id and correlation_id go by windows of 65,536 entries (migrations/0002_entries), the
// projection entry_blocks by blocks of 1,024 (migrations/0011_facts).
inline constexpr int kWindowBits = 16;
inline constexpr int kBlockBits = 10;

// Every parameter is text, cast in the statement.
struct ListStatement {
  std::string sql;
  std::vector<std::string> parameters;
};

enum class ListAccess {
  kScan,     // by primary key, one after the other
  kWindows,  // a probe for each window, by message_id, or else correlation_id
  kBlocks,   // only in `blocks`
  kSubject,  // by subject_hash
};

// What one query looks at: entries of [from, until), found in one way.
struct ListStep {
  ListAccess access = ListAccess::kScan;
  int64_t from = 0, until = 0;
  std::vector<int64_t> blocks;
};

// The first `limit` matching entries of a step, by leaf_index; columns as EntryFromRow reads them.
// REQUIRES: what access goes by is set in the filter.
ListStatement StepStatement(const ListFilter& filter, const ListStep& step, int limit);

// Where the cursor `facts` stands, and the first `limit` of [block_begin, block_end) in which entries below it match:
// one row (cursor, block) each, in order, or one with NULL. One statement, so one snapshot of both.
ListStatement BlocksStatement(const ListFilter& filter, int64_t block_begin, int64_t block_end, int limit);

// The leaf_index of the entry for the filter's recipient that comes after `count` others from `from` on; no row: none.
ListStatement SubjectEndStatement(const ListFilter& filter, int64_t from, int count);

}  // namespace affidavit::db
