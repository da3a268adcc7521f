// ListEntries (db/entry_reader.h): one page, filled step by step.
#include <pqxx/pqxx>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "db/entry_list_query.h"
#include "db/entry_list_walk.h"
#include "db/entry_reader.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// libpq's text parameters end at a NUL: a filter with one would match something else. No stored text has one.
bool HasNul(const ListFilter& filter) {
  for (const std::string* text :
       {&filter.source, &filter.channel, &filter.event_type, &filter.message_id, &filter.correlation_id}) {
    if (text->find('\0') != std::string::npos) {
      return true;
    }
  }
  return false;
}

// A step by blocks may know that there is nothing to look at.
bool IsEmpty(const ListStep& step) {
  return step.access == ListAccess::kBlocks && step.blocks.empty();
}

pqxx::result RunStep(Transaction& transaction, const ListFilter& filter, const ListStep& step, int limit) {
  const ListStatement statement = StepStatement(filter, step, limit);
  return transaction.exec_params(statement.sql, pqxx::prepare::make_dynamic_params(statement.parameters));
}

// Adds rows until the limits are reached. Returns whether all of them went in; if not, `next_leaf_index` is set.
absl::StatusOr<bool> AddRows(const pqxx::result& rows, WithPayload payload, int64_t& payload_bytes_left,
                             ListPage& page) {
  for (const pqxx::row& row : rows) {
    const auto payload_size = row[5].as<int64_t>();
    if (payload == WithPayload::kYes && payload_size > payload_bytes_left && !page.entries.empty()) {
      page.next_leaf_index = row[0].as<int64_t>();
      return false;
    }
    payload_bytes_left -= payload_size;
    ASSIGN_OR_RETURN(StoredEntry entry, EntryFromRow(row));
    page.entries.push_back(std::move(entry));
  }
  return true;
}

}  // namespace

absl::StatusOr<ListPage> ListEntries(Transaction& transaction, const ListFilter& filter, int64_t from_leaf_index,
                                     int64_t tree_size, int limit, WithPayload payload, int64_t payload_bytes_max) {
  ListPage page;
  int64_t from = HasNul(filter) ? tree_size : from_leaf_index;
  ListWalk walk(transaction, filter, from, tree_size);
  while (const std::optional<ListStep> step = walk.Next(from)) {
    const int wanted = limit - static_cast<int>(page.entries.size());
    const pqxx::result rows = IsEmpty(*step) ? pqxx::result() : RunStep(transaction, filter, *step, wanted);
    ASSIGN_OR_RETURN(const bool all_in, AddRows(rows, payload, payload_bytes_max, page));
    if (!all_in) {
      break;
    }
    const bool is_full = static_cast<int>(rows.size()) == wanted;
    from = is_full ? page.entries.back().leaf_index + 1 : step->until;
    if (is_full) {
      break;
    }
  }
  if (!page.next_leaf_index.has_value() && from < tree_size) {
    page.next_leaf_index = from;
  }
  if (payload == WithPayload::kYes) {
    RETURN_IF_ERROR(ReadPayloads(transaction, page.entries));
  }
  return page;
}

}  // namespace affidavit::db
