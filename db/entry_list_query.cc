#include "db/entry_list_query.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/encoding.h"
#include "db/entry_rows.h"

namespace affidavit::db {
namespace {

class ListStatementMaker {
 public:
  explicit ListStatementMaker(std::string sql) : sql_(std::move(sql)) {}

  template <typename... Parts>
  void Add(const Parts&... parts) {
    absl::StrAppend(&sql_, parts...);
  }

  std::string Parameter(std::string value, const char* type) {
    parameters_.push_back(std::move(value));
    return absl::StrCat("$", parameters_.size(), "::", type);
  }
  std::string Parameter(int64_t value) { return Parameter(absl::StrCat(value), "bigint"); }
  std::string Parameter(const Digest& value) {
    return Parameter(absl::StrCat("\\x", HexEncode(AsBytes(value))), "bytea");
  }

  void AddEqual(const char* column, const std::string& value) {
    if (!value.empty()) {
      Add(" AND ", column, " = ", Parameter(value, "text"));
    }
  }

  // Of columns that entries and entry_blocks share.
  void AddSharedConditions(const ListFilter& filter) {
    if (!filter.kinds.empty()) {
      const std::string names =
          absl::StrJoin(filter.kinds, ",", [](std::string* out, EntryKind kind) { *out += EntryKindName(kind); });
      Add(" AND e.kind = ANY(", Parameter(absl::StrCat("{", names, "}"), "text[]"), ")");
    }
    AddEqual("e.source", filter.source);
    AddEqual("e.channel", filter.channel);
    AddEqual("e.event_type", filter.event_type);
  }

  ListStatement Take() && { return {std::move(sql_), std::move(parameters_)}; }

 private:
  std::string sql_;
  std::vector<std::string> parameters_;
};

// OFFSET 0 in what follows leaves the planner no choice but the probe that is written there: it knows nothing of how
// these keys lie in the log.

// One probe of an index for each window.
void AddWindows(const ListFilter& filter, const std::string& first, const std::string& end, ListStatementMaker& maker) {
  const bool by_message = !filter.message_id.empty();
  const char* const column = by_message ? "message_id" : "correlation_id";
  const std::string id = maker.Parameter(by_message ? filter.message_id : filter.correlation_id, "text");
  maker.Add("generate_series(", first, " >> ", kWindowBits, ", (", end, " - 1) >> ", kWindowBits,
            ") w CROSS JOIN LATERAL (SELECT * FROM affidavit.entries WHERE ", column, " = ", id,
            " AND affidavit.window_key(leaf_index >> ", kWindowBits, ", ", column, ") = affidavit.window_key(w, ", id,
            ") OFFSET 0) e");
}

// One range of the primary key for each block.
void AddBlocks(const ListStep& step, ListStatementMaker& maker) {
  const std::string blocks = maker.Parameter(absl::StrCat("{", absl::StrJoin(step.blocks, ","), "}"), "bigint[]");
  maker.Add("unnest(", blocks, ") b CROSS JOIN LATERAL (SELECT * FROM affidavit.entries WHERE leaf_index >= b << ",
            kBlockBits, " AND leaf_index < (b + 1) << ", kBlockBits, " OFFSET 0) e");
}

// The expression of the index entry_blocks_time. A range that ends before it begins would be an error: it is empty.
void AddBlockTimes(const ListFilter& filter, ListStatementMaker& maker) {
  if (!filter.start_time.has_value() && !filter.end_time.has_value()) {
    return;
  }
  const auto bound = [&maker](const std::optional<TimePoint>& time) {
    return time.has_value() ? maker.Parameter(FormatRfc3339(*time), "timestamptz") : std::string("NULL");
  };
  const std::string start = bound(filter.start_time);
  const std::string end = bound(filter.end_time);
  const std::string sound_end = filter.start_time.has_value() && filter.end_time.has_value()
                                    ? absl::StrCat("greatest(", start, ", ", end, ")")
                                    : end;
  maker.Add(" AND tstzrange(e.min_receive_time, e.max_receive_time, '[]') && tstzrange(", start, ", ", sound_end, ")");
}

void AddSubject(const ListFilter& filter, const std::string& first, const std::string& end, ListStatementMaker& maker) {
  maker.Add("(SELECT leaf_index FROM affidavit_state.entry_subjects WHERE subject_hash = ",
            maker.Parameter(filter.subject_hash.value_or(Digest{})), " AND leaf_index >= ", first, " AND leaf_index < ",
            end, " ORDER BY leaf_index) s CROSS JOIN LATERAL (SELECT * FROM affidavit.entries ",
            "WHERE leaf_index = s.leaf_index OFFSET 0) e");
}

}  // namespace

ListStatement StepStatement(const ListFilter& filter, const ListStep& step, int limit) {
  ListStatementMaker maker(absl::StrCat("SELECT ", kEntryColumns, " FROM "));
  const std::string first = maker.Parameter(step.from);
  const std::string end = maker.Parameter(step.until);
  switch (step.access) {
    case ListAccess::kScan:
      maker.Add("affidavit.entries e");
      break;
    case ListAccess::kWindows:
      AddWindows(filter, first, end, maker);
      break;
    case ListAccess::kBlocks:
      AddBlocks(step, maker);
      break;
    case ListAccess::kSubject:
      AddSubject(filter, first, end, maker);
      break;
  }
  maker.Add(" WHERE e.leaf_index >= ", first, " AND e.leaf_index < ", end);
  maker.AddSharedConditions(filter);
  maker.AddEqual("e.message_id", filter.message_id);
  maker.AddEqual("e.correlation_id", filter.correlation_id);
  if (filter.start_time.has_value()) {
    maker.Add(" AND e.receive_time >= ", maker.Parameter(FormatRfc3339(*filter.start_time), "timestamptz"));
  }
  if (filter.end_time.has_value()) {
    maker.Add(" AND e.receive_time < ", maker.Parameter(FormatRfc3339(*filter.end_time), "timestamptz"));
  }
  if (filter.subject_hash.has_value() && step.access != ListAccess::kSubject) {
    maker.Add(" AND (SELECT true FROM affidavit_state.entry_subjects s WHERE s.subject_hash = ",
              maker.Parameter(*filter.subject_hash), " AND s.leaf_index = e.leaf_index)");
  }
  maker.Add(" ORDER BY e.leaf_index LIMIT ", limit);
  return std::move(maker).Take();
}

ListStatement BlocksStatement(const ListFilter& filter, int64_t block_begin, int64_t block_end, int limit) {
  ListStatementMaker maker(
      "SELECT c.next_leaf_index, b.block FROM affidavit_state.cursors c LEFT JOIN LATERAL "
      "(SELECT DISTINCT block FROM affidavit_state.entry_blocks e WHERE e.block >= ");
  const std::string begin = maker.Parameter(block_begin);
  maker.Add(begin, " AND e.block < ", maker.Parameter(block_end));
  maker.AddSharedConditions(filter);
  AddBlockTimes(filter, maker);
  maker.Add(" ORDER BY block LIMIT ", limit, ") b ON true WHERE c.name = 'facts' ORDER BY b.block");
  return std::move(maker).Take();
}

ListStatement SubjectEndStatement(const ListFilter& filter, int64_t from, int count) {
  ListStatementMaker maker("SELECT leaf_index FROM affidavit_state.entry_subjects WHERE subject_hash = ");
  const std::string subject = maker.Parameter(filter.subject_hash.value_or(Digest{}));
  maker.Add(subject, " AND leaf_index >= ", maker.Parameter(from), " ORDER BY leaf_index OFFSET ", count, " LIMIT 1");
  return std::move(maker).Take();
}

}  // namespace affidavit::db
