#include "db/binary_array.h"

#include <chrono>
#include <limits>

namespace affidavit::db {
namespace {

// Postgres counts microseconds from 2000-01-01.
constexpr TimePoint kPostgresEpoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

// int32 dimensions, has-null flag, element type, elements, lower bound; then each element: int32 length (-1: NULL) and
// bytes.
constexpr size_t kHasNullAt = 4;
constexpr size_t kCountAt = 12;

template <typename Int>
void PutBigEndian(Int value, char* to) {
  for (size_t i = 0; i < sizeof(Int); ++i) {
    to[i] = static_cast<char>(static_cast<uint64_t>(value) >> (8 * (sizeof(Int) - 1 - i)));
  }
}

template <typename Int>
void AppendBigEndian(Int value, std::string& out) {
  char bytes[sizeof(Int)];
  PutBigEndian(value, bytes);
  out.append(bytes, sizeof(Int));
}

}  // namespace

BinaryArray::BinaryArray(ElementType type) {
  AppendBigEndian<uint32_t>(1, data_);
  AppendBigEndian<uint32_t>(0, data_);
  AppendBigEndian<uint32_t>(static_cast<uint32_t>(type), data_);
  AppendBigEndian<uint32_t>(0, data_);
  AppendBigEndian<uint32_t>(1, data_);
}

void BinaryArray::AddNull() {
  has_null_ = true;
  ++count_;
  AppendBigEndian<uint32_t>(std::numeric_limits<uint32_t>::max(), data_);
}

void BinaryArray::AddInt4(int32_t value) {
  ++count_;
  AppendBigEndian<uint32_t>(sizeof(value), data_);
  AppendBigEndian(value, data_);
}

void BinaryArray::AddInt8(int64_t value) {
  ++count_;
  AppendBigEndian<uint32_t>(sizeof(value), data_);
  AppendBigEndian(value, data_);
}

void BinaryArray::AddTime(TimePoint value) {
  AddInt8((value - kPostgresEpoch).count());
}

void BinaryArray::AddBytes(std::string_view value) {
  ++count_;
  AppendBigEndian<uint32_t>(static_cast<uint32_t>(value.size()), data_);
  data_ += value;
}

const std::string& BinaryArray::Wire() {
  PutBigEndian<uint32_t>(has_null_ ? 1 : 0, &data_[kHasNullAt]);
  PutBigEndian<uint32_t>(count_, &data_[kCountAt]);
  return data_;
}

std::string EncodeInt8(int64_t value) {
  std::string wire;
  AppendBigEndian(value, wire);
  return wire;
}

int64_t DecodeInt8(std::string_view wire) {
  uint64_t value = 0;
  for (const char byte : wire) {
    value = value << 8 | static_cast<uint8_t>(byte);
  }
  return static_cast<int64_t>(value);
}

TimePoint DecodeTime(std::string_view wire) {
  return kPostgresEpoch + std::chrono::microseconds(DecodeInt8(wire));
}

}  // namespace affidavit::db
