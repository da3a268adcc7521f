#include "core/evidence/bundle.h"

#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "boost/json.hpp"
#include "core/base/affix.h"
#include "core/base/canonical_json.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

namespace json = boost::json;

constexpr size_t kDepthMax = 3;  // the file, its entries, an entry

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(Concat({"not a proof bundle: ", what}));
}

bool AllUtf8(const ProofBundle& bundle) {
  for (const BundleEntry& entry : bundle.entries) {
    if (!IsUtf8(entry.leaf) || !IsUtf8(entry.tlog_proof)) {
      return false;
    }
  }
  return IsUtf8(bundle.source) && IsUtf8(bundle.message_id) && IsUtf8(bundle.checkpoint);
}

// `lead`: what stands before the text, with the member's name.
void AppendText(std::string_view lead, std::string_view text, std::string& out) {
  out += lead;
  AppendCanonicalString(text, out);
}

void AppendBase64(std::string_view lead, std::string_view bytes, std::string& out) {
  out += lead;
  out += '"';
  out += Base64Encode(bytes);  // none of its characters is ever escaped
  out += '"';
}

void AppendEntry(const BundleEntry& entry, std::string& out) {
  AppendText(R"({"leaf":)", entry.leaf, out);
  if (entry.raw) {
    AppendBase64(R"(,"raw":)", *entry.raw, out);
  }
  AppendText(R"(,"tlog_proof":)", entry.tlog_proof, out);
  out += '}';
}

std::optional<std::string> TextOf(const json::value* value) {
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::nullopt : std::make_optional(std::string(text->data(), text->size()));
}

std::optional<std::string> BytesOf(const json::value* value) {
  const std::optional<std::string> text = TextOf(value);
  return text ? Base64Decode(*text) : std::nullopt;
}

absl::StatusOr<BundleEntry> ReadEntry(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) {
    return Malformed("an entry is not an object");
  }
  std::optional<std::string> leaf = TextOf(object->if_contains("leaf"));
  std::optional<std::string> tlog_proof = TextOf(object->if_contains("tlog_proof"));
  if (!leaf || !tlog_proof) {
    return Malformed("an entry lacks its leaf or its tlog_proof");
  }
  BundleEntry entry{.leaf = *std::move(leaf), .tlog_proof = *std::move(tlog_proof), .raw = std::nullopt};
  if (const json::value* raw = object->if_contains("raw"); raw != nullptr) {
    entry.raw = BytesOf(raw);
    if (!entry.raw) {
      return Malformed("the raw bytes of an entry are not base64 in its one form");
    }
  }
  return entry;
}

absl::Status ReadLists(const json::object& object, ProofBundle& bundle) {
  const json::value* entries = object.if_contains("entries");
  const json::value* timestamps = object.if_contains("timestamps");
  if (entries == nullptr || !entries->is_array() || timestamps == nullptr || !timestamps->is_array()) {
    return Malformed("entries or timestamps are not an array");
  }
  for (const json::value& value : entries->get_array()) {
    ASSIGN_OR_RETURN(BundleEntry entry, ReadEntry(value));
    bundle.entries.push_back(std::move(entry));
  }
  for (const json::value& value : timestamps->get_array()) {
    std::optional<std::string> token = BytesOf(&value);
    if (!token) {
      return Malformed("a timestamp is not base64 in its one form");
    }
    bundle.timestamps.push_back(*std::move(token));
  }
  return absl::OkStatus();
}

// Takes what is known; that there is nothing else is for the caller to see.
absl::StatusOr<ProofBundle> ReadBundle(const json::object& object) {
  if (TextOf(object.if_contains("format")) != kBundleFormat) {
    return Malformed(Concat({"its format is not ", kBundleFormat}));
  }
  std::optional<std::string> source = TextOf(object.if_contains("source"));
  std::optional<std::string> checkpoint = TextOf(object.if_contains("checkpoint"));
  if (!source || !checkpoint) {
    return Malformed("it lacks its source or its checkpoint");
  }
  ProofBundle bundle{.source = *std::move(source), .checkpoint = *std::move(checkpoint)};
  if (const json::value* message_id = object.if_contains("message_id"); message_id != nullptr) {
    bundle.message_id = TextOf(message_id).value_or("");
  }
  RETURN_IF_ERROR(ReadLists(object, bundle));
  return bundle;
}

}  // namespace

absl::StatusOr<std::string> EncodeBundle(const ProofBundle& bundle) {
  if (!AllUtf8(bundle)) {
    return absl::InvalidArgumentError("a text of the proof bundle is not UTF-8");
  }
  std::string out;
  AppendText(R"({"checkpoint":)", bundle.checkpoint, out);
  out += R"(,"entries":[)";
  for (size_t i = 0; i < bundle.entries.size(); ++i) {
    out += i == 0 ? "" : ",";
    AppendEntry(bundle.entries[i], out);
  }
  AppendText(R"(],"format":)", kBundleFormat, out);
  if (!bundle.message_id.empty()) {
    AppendText(R"(,"message_id":)", bundle.message_id, out);
  }
  AppendText(R"(,"source":)", bundle.source, out);
  out += R"(,"timestamps":[)";
  for (size_t i = 0; i < bundle.timestamps.size(); ++i) {
    AppendBase64(i == 0 ? "" : ",", bundle.timestamps[i], out);
  }
  out += "]}";
  return out;
}

absl::StatusOr<ProofBundle> DecodeBundle(std::string_view file) {
  ConsumeSuffix(file, "\n");
  json::error_code error;
  json::parse_options options;
  options.max_depth = kDepthMax;
  const json::value document = json::parse({file.data(), file.size()}, error, {}, options);
  if (error || !document.is_object()) {
    return Malformed("it is not one JSON object");
  }
  ASSIGN_OR_RETURN(ProofBundle bundle, ReadBundle(document.get_object()));
  // Every other deviation (order, spacing, escapes, doubled or unknown members) shows here, without a rule for each.
  const absl::StatusOr<std::string> again = EncodeBundle(bundle);
  if (!again.ok() || *again != file) {
    return Malformed("it is not in its one form (RFC 8785, members as documented)");
  }
  return bundle;
}

}  // namespace affidavit
