// One-dimensional arrays and scalars in Postgres' binary wire format. Pure, thread-safe in the way of std::string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace affidavit::db {

// The elements that we send; the values are Postgres' type oids, which never change.
enum class ElementType : uint32_t { kBytea = 17, kInt8 = 20, kInt4 = 23, kText = 25, kTimestamptz = 1184 };

// Grows by one element a call. REQUIRES: only the Add calls of the element's type.
class BinaryArray {
 public:
  explicit BinaryArray(ElementType type);

  void AddNull();
  void AddInt4(int32_t value);
  void AddInt8(int64_t value);
  void AddTime(TimePoint value);
  void AddBytes(std::string_view value);  // kText, kBytea

  void Reserve(size_t element_bytes_sum) { data_.reserve(data_.size() + element_bytes_sum); }

  // The wire form of what was added so far; an array without elements is none that Postgres takes. Valid until the next
  // call.
  const std::string& Wire();

 private:
  std::string data_;
  uint32_t count_ = 0;
  bool has_null_ = false;
};

// Scalars.
std::string EncodeInt8(int64_t value);
int64_t DecodeInt8(std::string_view wire);
TimePoint DecodeTime(std::string_view wire);

}  // namespace affidavit::db
