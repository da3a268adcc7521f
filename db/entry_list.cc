// ListEntries (db/entry_reader.h): how far one page looks, and the query it makes of a filter.
#include <algorithm>
#include <pqxx/pqxx>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "db/entry_reader.h"
#include "db/entry_rows.h"
#include "db/transaction.h"

namespace affidavit::db {
namespace {

// The indexes by message_id and correlation_id go by windows of 65,536 entries (migrations/0002_entries).
constexpr int kWindowBits = 16;
constexpr int64_t kWindowsAtOnceMax = 64;

// How many entries one page looks at before it ends early: about half a second either way.
constexpr int64_t kScannedMax = 262'144;
constexpr int64_t kProbedMax = int64_t{1024} << kWindowBits;

bool HasId(const ListFilter& filter) {
  return !filter.message_id.empty() || !filter.correlation_id.empty();
}

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

class Query {
 public:
  Query(const ListFilter& filter, int64_t from, int64_t until, int limit) {
    sql_ = absl::StrCat("SELECT ", kEntryColumns, " FROM ");
    const std::string first = Parameter(absl::StrCat(from), "bigint");
    const std::string end = Parameter(absl::StrCat(until), "bigint");
    if (HasId(filter)) {
      AddProbes(filter, first, end);
    } else {
      sql_ += "affidavit.entries e";
    }
    absl::StrAppend(&sql_, " WHERE e.leaf_index >= ", first, " AND e.leaf_index < ", end);
    AddConditions(filter);
    absl::StrAppend(&sql_, " ORDER BY e.leaf_index LIMIT ", limit);
  }

  pqxx::result Run(Transaction& transaction) const {
    return transaction.exec_params(sql_, pqxx::prepare::make_dynamic_params(parameters_));
  }

 private:
  // One probe of an index for each window, without a choice for the planner (OFFSET 0): it knows nothing of such keys.
  void AddProbes(const ListFilter& filter, const std::string& first, const std::string& end) {
    const bool by_message = !filter.message_id.empty();
    const char* const column = by_message ? "message_id" : "correlation_id";
    const std::string id = Parameter(by_message ? filter.message_id : filter.correlation_id, "text");
    absl::StrAppend(&sql_, "generate_series(", first, " >> ", kWindowBits, ", (", end, " - 1) >> ", kWindowBits,
                    ") w CROSS JOIN LATERAL (SELECT * FROM affidavit.entries WHERE ", column, " = ", id);
    absl::StrAppend(&sql_, " AND affidavit.window_key(leaf_index >> ", kWindowBits, ", ", column,
                    ") = affidavit.window_key(w, ", id, ") OFFSET 0) e");
  }

  void AddConditions(const ListFilter& filter) {
    if (!filter.kinds.empty()) {
      const std::string names =
          absl::StrJoin(filter.kinds, ",", [](std::string* out, EntryKind kind) { *out += EntryKindName(kind); });
      absl::StrAppend(&sql_, " AND e.kind = ANY(", Parameter(absl::StrCat("{", names, "}"), "text[]"), ")");
    }
    AddEqual("source", filter.source);
    AddEqual("channel", filter.channel);
    AddEqual("event_type", filter.event_type);
    AddEqual("message_id", filter.message_id);
    AddEqual("correlation_id", filter.correlation_id);
    if (filter.start_time.has_value()) {
      absl::StrAppend(&sql_, " AND e.receive_time >= ", Parameter(FormatRfc3339(*filter.start_time), "timestamptz"));
    }
    if (filter.end_time.has_value()) {
      absl::StrAppend(&sql_, " AND e.receive_time < ", Parameter(FormatRfc3339(*filter.end_time), "timestamptz"));
    }
  }

  void AddEqual(const char* column, const std::string& value) {
    if (!value.empty()) {
      absl::StrAppend(&sql_, " AND e.", column, " = ", Parameter(value, "text"));
    }
  }

  std::string Parameter(std::string value, const char* type) {
    parameters_.push_back(std::move(value));
    return absl::StrCat("$", parameters_.size(), "::", type);
  }

  std::string sql_;
  std::vector<std::string> parameters_;
};

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

// Where a query that starts at `from` shall end.
int64_t EndOfStep(bool has_id, int64_t from, int64_t window_count) {
  return has_id ? ((from >> kWindowBits) + window_count) << kWindowBits : from + kScannedMax;
}

}  // namespace

absl::StatusOr<ListPage> ListEntries(Transaction& transaction, const ListFilter& filter, int64_t from_leaf_index,
                                     int64_t tree_size, int limit, WithPayload payload, int64_t payload_bytes_max) {
  ListPage page;
  const bool has_id = HasId(filter);
  const int64_t look_until = std::min(tree_size, from_leaf_index + (has_id ? kProbedMax : kScannedMax));
  int64_t from = HasNul(filter) ? tree_size : from_leaf_index;
  // Few windows first: an id that many entries have fills the page from one, a rare one needs many.
  for (int64_t window_count = 1; from < look_until; window_count = std::min(2 * window_count, kWindowsAtOnceMax)) {
    const int64_t until = std::min(look_until, EndOfStep(has_id, from, window_count));
    const int wanted = limit - static_cast<int>(page.entries.size());
    const pqxx::result rows = Query(filter, from, until, wanted).Run(transaction);
    ASSIGN_OR_RETURN(const bool all_in, AddRows(rows, payload, payload_bytes_max, page));
    if (!all_in) {
      break;
    }
    from = static_cast<int>(rows.size()) == wanted ? page.entries.back().leaf_index + 1 : until;
    if (static_cast<int>(rows.size()) == wanted) {
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
