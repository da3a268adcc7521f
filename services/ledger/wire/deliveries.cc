#include "services/ledger/wire/deliveries.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/envelope/leaf.h"
#include "services/ledger/wire/entry_errors.h"
#include "services/ledger/wire/read_store.h"

namespace affidavit::ledger {
namespace {

constexpr size_t kCandidatesOfDeliveryMax = 20;

struct Entry {
  db::StoredEntry stored;
  LeafFields leaf;
};

// What belongs into one delivery.
struct Key {
  std::string source, message_id, event_id;
  bool operator<(const Key& other) const {
    return std::tie(source, message_id, event_id) < std::tie(other.source, other.message_id, other.event_id);
  }
};

Key KeyOf(const LeafFields& leaf) {
  return {leaf.source, leaf.message_id, leaf.message_id.empty() ? leaf.event_id : std::string()};
}

bool ByPlace(const Entry& a, const Entry& b) {
  return a.stored.leaf_index < b.stored.leaf_index;
}

// One search. The first error ends it; `error()` then says which.
class Search {
 public:
  Search(db::ConnectionPool& pool, const std::string& source, int64_t tree_size, const DeliveryLimits& limits,
         const std::function<bool()>& is_cancelled)
      : pool_(pool), source_(source), tree_size_(tree_size), limits_(limits), is_cancelled_(is_cancelled) {}

  absl::StatusOr<std::vector<Delivery>> ByMessage(const std::string& message_id) {
    ASSIGN_OR_RETURN(std::vector<Entry> entries, WithMessage(source_, message_id));
    RETURN_IF_ERROR(CheckOneSource(entries));
    return Group(std::move(entries));
  }

  absl::StatusOr<std::vector<Delivery>> ByCorrelation(const std::string& correlation_id) {
    ASSIGN_OR_RETURN(const std::vector<Entry> named, List({.source = source_, .correlation_id = correlation_id}));
    std::set<Key> keys;
    for (const Entry& entry : named) {
      keys.insert(KeyOf(entry.leaf));
    }
    if (keys.size() > static_cast<size_t>(limits_.delivery_count_max)) {
      return TooLarge(absl::StrCat("more than ", limits_.delivery_count_max, " messages have this correlation_id"));
    }
    std::vector<Entry> entries;
    for (const Key& key : keys) {
      ASSIGN_OR_RETURN(std::vector<Entry> of_key, WithKey(key));
      std::move(of_key.begin(), of_key.end(), std::back_inserter(entries));
      RETURN_IF_ERROR(CheckCount(entries.size()));
    }
    return Group(std::move(entries));
  }

  absl::StatusOr<std::vector<Delivery>> ByKey(const Key& key) {
    ASSIGN_OR_RETURN(std::vector<Entry> entries, WithKey(key));
    return Group(std::move(entries));
  }

  absl::StatusOr<std::vector<Delivery>> ByEvent(const std::string& event_id) {
    ASSIGN_OR_RETURN(std::vector<Entry> entries, WithEvent(source_, event_id));
    RETURN_IF_ERROR(CheckOneSource(entries));
    const bool has_envelope = std::any_of(entries.begin(), entries.end(), IsEnvelope);
    std::set<std::string> message_ids;
    for (const Entry& entry : entries) {
      // A conflict may claim another message; what the envelope says is what was accepted.
      if (!entry.leaf.message_id.empty() && (!has_envelope || IsEnvelope(entry))) {
        message_ids.insert(entry.leaf.message_id);
      }
    }
    if (message_ids.size() > 1) {
      return Ambiguous("entries of several messages have this event_id: name the message", entries);
    }
    if (message_ids.empty()) {
      return Group(std::move(entries));
    }
    ASSIGN_OR_RETURN(std::vector<Entry> of_message, WithMessage(entries.front().leaf.source, *message_ids.begin()));
    return Group(std::move(of_message));
  }

  std::optional<WireError> error() const { return error_; }

 private:
  static bool IsEnvelope(const Entry& entry) { return entry.leaf.kind == EntryKind::kEnvelope; }

  absl::Status Fail(WireError error) {
    error_ = std::move(error);
    return absl::FailedPreconditionError("see error()");
  }

  absl::Status TooLarge(const std::string& what) {
    return Fail(ProofTooLarge(what + ": more than one answer may hold. Ask for one message at a time"));
  }

  absl::Status Ambiguous(const std::string& message, const std::vector<Entry>& entries) {
    std::vector<std::string> candidates;
    for (const Entry& entry : entries) {
      if (candidates.size() < kCandidatesOfDeliveryMax) {
        candidates.push_back(absl::StrCat(entry.leaf.source, "/", std::string(EntryKindName(entry.leaf.kind)), "/",
                                          entry.stored.leaf_index));
      }
    }
    return Fail(AmbiguousId(message, absl::StrJoin(candidates, ",")));
  }

  absl::Status CheckOneSource(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      if (entry.leaf.source != entries.front().leaf.source) {
        return Ambiguous("entries of several sources have this id: name the source", entries);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Entry>> WithMessage(const std::string& source, const std::string& message_id) {
    return List({.source = source, .message_id = message_id});
  }

  absl::StatusOr<std::vector<Entry>> WithKey(const Key& key) {
    ASSIGN_OR_RETURN(std::vector<Entry> entries, key.message_id.empty() ? WithEvent(key.source, key.event_id)
                                                                        : WithMessage(key.source, key.message_id));
    std::erase_if(entries, [&](const Entry& entry) { return KeyOf(entry.leaf) < key || key < KeyOf(entry.leaf); });
    return entries;
  }

  absl::Status CheckCount(size_t entry_count) {
    return entry_count <= static_cast<size_t>(limits_.entry_count_max)
               ? absl::OkStatus()
               : TooLarge(absl::StrCat("more than ", limits_.entry_count_max, " entries belong to it"));
  }

  // Adds one that was read, unless the bounds are passed.
  absl::Status Add(db::StoredEntry stored, std::vector<Entry>& entries) {
    ASSIGN_OR_RETURN(LeafFields leaf, DecodeLeaf(stored.leaf));
    entries.push_back({std::move(stored), std::move(leaf)});
    return CheckCount(entries.size());
  }

  // Entries by an id that the log's windows are probed for, page by page, each in a transaction of its own.
  absl::StatusOr<std::vector<Entry>> List(const db::ListFilter& filter) {
    std::vector<Entry> entries;
    std::optional<int64_t> from = 0;
    while (from) {
      if (is_cancelled_()) {
        return absl::CancelledError("the caller has gone");
      }
      db::ListPage page;
      RETURN_IF_ERROR(ReadStore(pool_, [&](db::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(page, db::ListEntries(transaction, filter, *from, tree_size_, limits_.entry_count_max + 1,
                                               db::WithPayload::kNo, 0));
        return absl::OkStatus();
      }));
      for (db::StoredEntry& stored : page.entries) {
        RETURN_IF_ERROR(Add(std::move(stored), entries));
      }
      from = page.next_leaf_index;
    }
    return entries;
  }

  absl::StatusOr<std::vector<Entry>> WithEvent(const std::string& source, const std::string& event_id) {
    std::vector<db::StoredEntry> found;
    RETURN_IF_ERROR(ReadStore(pool_, [&](db::Transaction& transaction) -> absl::Status {
      found.clear();
      for (const db::Candidate& candidate :
           db::FindByEventId(transaction, event_id, source, limits_.entry_count_max + 1)) {
        if (candidate.leaf_index < tree_size_) {
          ASSIGN_OR_RETURN(auto stored, db::ReadEntry(transaction, candidate.leaf_index, db::WithPayload::kNo));
          found.push_back(*std::move(stored));
        }
      }
      return absl::OkStatus();
    }));
    std::vector<Entry> entries;
    for (db::StoredEntry& stored : found) {
      RETURN_IF_ERROR(Add(std::move(stored), entries));
    }
    return entries;
  }

  absl::StatusOr<std::vector<Delivery>> Group(std::vector<Entry> entries) {
    std::sort(entries.begin(), entries.end(), ByPlace);
    int64_t payload_bytes = 0;
    std::map<Key, Delivery> deliveries;
    for (Entry& entry : entries) {
      payload_bytes += entry.leaf.payload_size;
      const Key key = KeyOf(entry.leaf);
      Delivery& delivery =
          deliveries.emplace(key, Delivery{key.source, key.message_id, key.event_id, {}}).first->second;
      delivery.payload_bytes += entry.leaf.payload_size;
      delivery.entries.push_back(std::move(entry.stored));
    }
    if (payload_bytes > limits_.payload_bytes_max) {
      return TooLarge(absl::StrCat("its payloads are ", payload_bytes, " bytes"));
    }
    std::vector<Delivery> sorted;
    for (auto& [key, delivery] : deliveries) {
      sorted.push_back(std::move(delivery));
    }
    return sorted;
  }

  db::ConnectionPool& pool_;
  const std::string source_;
  const int64_t tree_size_;
  const DeliveryLimits limits_;
  const std::function<bool()>& is_cancelled_;
  std::optional<WireError> error_;
};

std::variant<std::vector<Delivery>, WireError> AnswerOf(const Search& search,
                                                        absl::StatusOr<std::vector<Delivery>> found) {
  if (const auto error = search.error()) {
    return *error;
  }
  if (!found.ok()) {
    return StoreError(found.status());
  }
  if (found->empty()) {
    return NoSuchEntry();
  }
  return *std::move(found);
}

}  // namespace

std::variant<std::vector<Delivery>, WireError> FindDeliveries(db::ConnectionPool& pool, const DeliveryKey& key,
                                                              int64_t tree_size, const DeliveryLimits& limits,
                                                              const std::function<bool()>& is_cancelled) {
  Search search(pool, key.source, tree_size, limits, is_cancelled);
  absl::StatusOr<std::vector<Delivery>> found = key.which == DeliveryKey::Id::kMessage ? search.ByMessage(key.id)
                                                : key.which == DeliveryKey::Id::kCorrelation
                                                    ? search.ByCorrelation(key.id)
                                                    : search.ByEvent(key.id);
  return AnswerOf(search, std::move(found));
}

std::variant<std::vector<Delivery>, WireError> FindDeliveryOf(db::ConnectionPool& pool, const LeafFields& entry,
                                                              int64_t tree_size, const DeliveryLimits& limits,
                                                              const std::function<bool()>& is_cancelled) {
  Search search(pool, entry.source, tree_size, limits, is_cancelled);
  return AnswerOf(search, search.ByKey(KeyOf(entry)));
}

}  // namespace affidavit::ledger
