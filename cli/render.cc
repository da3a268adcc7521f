#include "cli/render.h"

#include <cctype>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "boost/json/array.hpp"
#include "core/base/encoding.h"
#include "core/base/time.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

std::string WithoutPrefix(std::string_view name, std::string_view prefix) {
  return absl::AsciiStrToLower(std::string(name.substr(name.find(prefix) == 0 ? prefix.size() : 0)));
}

// The members that are plain text or times, in the order in which both forms show them.
std::vector<std::pair<std::string_view, std::string>> TextMembers(const v1::Entry& entry) {
  std::vector<std::pair<std::string_view, std::string>> members;
  const auto add = [&members](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      members.emplace_back(name, value);
    }
  };
  const auto add_time = [&add](std::string_view name, bool present, const google::protobuf::Timestamp& time) {
    add(name, present ? TimeText(time) : "");
  };
  add("kind", KindName(entry.kind()));
  add("source", entry.source());
  add("event_id", entry.event_id());
  add("event_type", entry.event_type());
  add("schema_version", entry.schema_version());
  add("channel", entry.channel());
  add("direction", entry.direction());
  add("message_id", entry.message_id());
  add("correlation_id", entry.correlation_id());
  add_time("event_time", entry.has_event_time(), entry.event_time());
  add_time("delivery_time", entry.has_delivery_time(), entry.delivery_time());
  add_time("receive_time", entry.has_receive_time(), entry.receive_time());
  add_time("integrate_time", entry.has_integrate_time(), entry.integrate_time());
  add("adapter_id", entry.adapter_id());
  add("payload_sha256", HexEncode(entry.payload_sha256()));
  add("retention_class", entry.retention_class());
  add_time("retain_until_time", entry.has_retain_until_time(), entry.retain_until_time());
  add("provenance", entry.provenance());
  return members;
}

json::object SignatureJson(const v1::SignatureEvidence& signature) {
  json::array headers;
  for (const v1::SignatureEvidence::Header& header : signature.headers()) {
    headers.push_back({{"name", header.name()}, {"value_base64", Base64Encode(header.value())}});
  }
  return {{"scheme", signature.scheme()},
          {"key_id", signature.key_id()},
          {"key_fingerprint", HexEncode(signature.key_fingerprint())},
          {"headers", std::move(headers)}};
}

void PrintMember(std::string_view name, std::string_view value, std::ostream& out) {
  std::string line(name);
  line.append(line.size() < 20 ? 20 - line.size() : 1, ' ');
  out << line << Printable(value) << "\n";
}

}  // namespace

std::string KindName(v1::EntryKind kind) {
  return WithoutPrefix(v1::EntryKind_Name(kind), "ENTRY_KIND_");
}

std::string OutcomeName(v1::AppendOutcome outcome) {
  return WithoutPrefix(v1::AppendOutcome_Name(outcome), "APPEND_OUTCOME_");
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  constexpr int64_t kFirstSecond = -62'135'596'800, kLastSecond = 253'402'300'799;  // years 0001 to 9999
  if (time.seconds() < kFirstSecond || time.seconds() > kLastSecond || time.nanos() < 0 || time.nanos() > 999'999'999) {
    return "";
  }
  return FormatRfc3339(
      TimePoint(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000)));
}

json::object EntryJson(const v1::Entry& entry) {
  json::object out{{"leaf_index", entry.leaf_index()}};
  for (const auto& [name, value] : TextMembers(entry)) {
    out[name] = value;
  }
  out["payload_size_bytes"] = entry.payload_size_bytes();
  if (entry.has_signature()) {
    out["signature"] = SignatureJson(entry.signature());
  }
  if (entry.flags_size() > 0) {
    out["flags"] = json::array(entry.flags().begin(), entry.flags().end());
  }
  if (!entry.leaf().empty()) {
    out["leaf"] = entry.leaf();
    out["leaf_hash"] = HexEncode(entry.leaf_hash());
  }
  if (entry.has_payload()) {
    out["payload_base64"] = Base64Encode(entry.payload());
  }
  if (!entry.payload_error().empty()) {
    out["payload_error"] = entry.payload_error();
  }
  return out;
}

void PrintEntry(const v1::Entry& entry, std::ostream& out) {
  PrintMember("leaf_index", absl::StrCat(entry.leaf_index()), out);
  for (const auto& [name, value] : TextMembers(entry)) {
    PrintMember(name, value, out);
  }
  PrintMember("payload_size_bytes", absl::StrCat(entry.payload_size_bytes()), out);
  if (entry.has_signature()) {
    PrintMember("signature",
                absl::StrCat(entry.signature().scheme(), " by key ", entry.signature().key_id(), " (",
                             HexEncode(entry.signature().key_fingerprint()), ")"),
                out);
  }
  if (entry.flags_size() > 0) {
    PrintMember("flags", absl::StrJoin(entry.flags(), " "), out);
  }
  if (!entry.leaf_hash().empty()) {
    PrintMember("leaf_hash", HexEncode(entry.leaf_hash()), out);
  }
  if (!entry.payload_error().empty()) {
    PrintMember("payload_error", entry.payload_error(), out);
  }
}

Table EntryTable() {
  return Table({"LEAF_INDEX", "KIND", "SOURCE", "CHANNEL", "EVENT_TYPE", "RECEIVE_TIME", "MESSAGE_ID", "EVENT_ID"});
}

void AddEntryRow(const v1::Entry& entry, Table& table) {
  table.AddRow({absl::StrCat(entry.leaf_index()), KindName(entry.kind()), entry.source(), entry.channel(),
                entry.event_type(), TimeText(entry.receive_time()), entry.message_id(), entry.event_id()});
}

std::string ReasonOf(const v1::Entry& entry) {
  for (const std::string& flag : entry.flags()) {
    for (const std::string_view prefix : {"excluded_", "quarantined_"}) {
      if (flag.compare(0, prefix.size(), prefix) == 0) {
        return flag.substr(prefix.size());
      }
    }
  }
  return "";
}

}  // namespace affidavit::cli
