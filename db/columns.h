// Rows as columns: one array a column, in binary, so that a statement takes any number of rows in one round trip
// (`unnest($1::bigint[], $2::text[], …)`). For the files of this room only. Not thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/base/time.h"
#include "db/binary_array.h"

namespace affidavit::db {

class Transaction;

class Columns {
 public:
  Columns(std::initializer_list<ElementType> types) : arrays_(types.begin(), types.end()) {}

  // REQUIRES: a value for each column, of its type: int for kInt4, int64_t for kInt8.
  template <typename... Values>
  void AddRow(const Values&... values) {
    size_t column = 0;
    (Add(arrays_[column++], values), ...);
    ++row_count_;
  }

  bool empty() const { return row_count_ == 0; }

  // The array of one column. REQUIRES: !empty().
  pqxx::binarystring Parameter(size_t column);

  // Column n is $n; those of `more` follow, which may have another number of rows. REQUIRES: none is empty().
  pqxx::result Run(Transaction& transaction, const char* sql, Columns more = {});

 private:
  static void Add(BinaryArray& array, std::same_as<int> auto value) { array.AddInt4(value); }
  static void Add(BinaryArray& array, std::same_as<int64_t> auto value) { array.AddInt8(value); }
  static void Add(BinaryArray& array, TimePoint value) { array.AddTime(value); }
  static void Add(BinaryArray& array, const Digest& value) { array.AddBytes(AsBytes(value)); }
  static void Add(BinaryArray& array, std::string_view text);
  template <typename Value>
  static void Add(BinaryArray& array, const std::optional<Value>& value) {
    if (value.has_value()) {
      Add(array, *value);
    } else {
      array.AddNull();
    }
  }

  std::vector<BinaryArray> arrays_;
  size_t row_count_ = 0;
};

// The text as Postgres holds it: a NUL stands as U+FFFD; in what is not UTF-8 every byte outside ASCII does.
std::string StorableText(std::string_view text);

inline std::optional<std::string_view> NullIfEmpty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace affidavit::db
