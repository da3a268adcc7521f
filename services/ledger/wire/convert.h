// Between protos and our own types. What an entry says is read from its leaf, the record, never from the columns beside
// it. Pure, thread-safe.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "affidavit/v1/entry.pb.h"
#include "core/base/time.h"
#include "core/envelope/entry_kind.h"
#include "core/envelope/leaf.h"
#include "db/entry_reader.h"
#include "google/protobuf/timestamp.pb.h"

namespace affidavit::ledger {

// Truncated to microseconds. Nothing outside years 0001 to 9999, or with invalid nanos.
std::optional<TimePoint> FromTimestamp(const google::protobuf::Timestamp& timestamp);

// The first microsecond that is not before `timestamp`: what a range's bound means to times that are truncated.
std::optional<TimePoint> CeilTimestamp(const google::protobuf::Timestamp& timestamp);

google::protobuf::Timestamp ToTimestamp(TimePoint time);

v1::EntryKind ToProto(EntryKind kind);
std::optional<EntryKind> FromProto(v1::EntryKind kind);  // nothing for UNSPECIFIED and unknown numbers

SignatureEvidence FromProto(const v1::SignatureEvidence& signature);
v1::SignatureEvidence ToProto(const SignatureEvidence& signature);

// DATA_LOSS when the leaf is not one that this ledger writes. The payload goes with it when `entry` holds it.
absl::StatusOr<v1::Entry> ToProto(db::StoredEntry entry);

}  // namespace affidavit::ledger
