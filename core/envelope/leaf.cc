#include "core/envelope/leaf.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/canonical_json.h"
#include "core/base/encoding.h"
#include "core/base/status_macros.h"
#include "core/base/text.h"

namespace affidavit {
namespace {

constexpr size_t kFingerprintSize = 8;
constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;

absl::Status Invalid(std::string_view member, std::string_view fault) {
  return absl::InvalidArgumentError(Concat({"leaf member ", member, " ", fault}));
}

// Writes one object. The caller writes members in RFC 8785 order; the first fault is kept and the rest goes nowhere.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_.push_back('{'); }

  void Text(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      RequiredText(name, value);
    }
  }

  // Not left out when empty: so are the values of headers.
  void RequiredText(std::string_view name, std::string_view value) {
    if (!IsUtf8(value) || !IsUtf8(name)) {
      Fault(name, "is not UTF-8");
      return;
    }
    Name(name);
    AppendCanonicalString(value, out_);
  }

  void NonEmptyText(std::string_view name, std::string_view value) {
    if (value.empty()) {
      Fault(name, "is empty");
    }
    Text(name, value);
  }

  void Time(std::string_view name, const std::optional<TimePoint>& time) {
    if (!time) {
      return;
    }
    if (!IsRepresentable(*time)) {
      Fault(name, "lies outside years 0001 to 9999");
      return;
    }
    Text(name, FormatRfc3339(*time));
  }

  void Integer(std::string_view name, int64_t value) {
    if (value < 0 || value > kIntegerMax) {
      Fault(name, "is negative or over 2^53 - 1");
      return;
    }
    Name(name);
    absl::StrAppend(&out_, value);
  }

  // The member's name and colon; the caller appends the value.
  void Name(std::string_view name) {
    if (!first_) {
      out_.push_back(',');
    }
    first_ = false;
    AppendCanonicalString(name, out_);
    out_.push_back(':');
  }

  void Fault(std::string_view name, std::string_view fault) {
    if (status_.ok()) {
      status_ = Invalid(name, fault);
    }
  }

  absl::Status End() {
    out_.push_back('}');
    return status_;
  }

 private:
  std::string& out_;
  bool first_ = true;
  absl::Status status_;
};

absl::Status AppendHeaders(const SignatureEvidence& signature, std::string& out) {
  using Header = std::pair<std::string, std::string>;
  std::vector<const Header*> sorted;
  sorted.reserve(signature.headers.size());
  for (const Header& header : signature.headers) {
    sorted.push_back(&header);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Header* a, const Header* b) { return CanonicalKeyLess(a->first, b->first); });
  ObjectWriter headers(out);
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i - 1]->first == sorted[i]->first) {
      headers.Fault("signature.headers", "has a name twice");
    }
    headers.RequiredText(sorted[i]->first, sorted[i]->second);
  }
  return headers.End();
}

absl::Status AppendSignature(const SignatureEvidence& signature, std::string& out) {
  ObjectWriter object(out);
  object.Name("headers");
  RETURN_IF_ERROR(AppendHeaders(signature, out));
  if (signature.key_fingerprint.size() != kFingerprintSize) {
    object.Fault("signature.key_fingerprint", "is not 8 bytes");
  }
  object.Text("key_fingerprint", HexEncode(signature.key_fingerprint));
  object.NonEmptyText("key_id", signature.key_id);
  object.NonEmptyText("scheme", signature.scheme);
  return object.End();
}

absl::Status AppendFlags(const std::vector<std::string>& flags, std::string& out) {
  out.push_back('[');
  for (size_t i = 0; i < flags.size(); ++i) {
    if (flags[i].empty() || !IsUtf8(flags[i]) || (i > 0 && flags[i - 1] >= flags[i])) {
      return Invalid("flags", "is not sorted, unique UTF-8");
    }
    if (i > 0) {
      out.push_back(',');
    }
    AppendCanonicalString(flags[i], out);
  }
  out.push_back(']');
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> EncodeLeaf(const LeafFields& fields) {
  std::string leaf;
  leaf.reserve(1024);
  ObjectWriter object(leaf);
  object.Text("adapter_id", fields.adapter_id);
  object.Text("channel", fields.channel);
  object.Text("correlation_id", fields.correlation_id);
  object.Time("delivery_time", fields.delivery_time);
  object.Text("direction", fields.direction);
  object.Text("event_id", fields.event_id);
  object.Time("event_time", fields.event_time);
  object.Text("event_type", fields.event_type);
  if (!fields.flags.empty()) {
    object.Name("flags");
    RETURN_IF_ERROR(AppendFlags(fields.flags, leaf));
  }
  object.Text("kind", EntryKindName(fields.kind));
  object.Text("message_id", fields.message_id);
  object.Text("payload_digest_alg", "sha256");
  object.Text("payload_sha256", HexEncode(AsBytes(fields.payload_sha256)));
  object.Integer("payload_size", fields.payload_size);
  object.NonEmptyText("provenance", fields.provenance);
  object.Time("receive_time", fields.receive_time);
  object.Time("retain_until", fields.retain_until);
  object.NonEmptyText("retention_class", fields.retention_class);
  object.Text("schema_version", fields.schema_version);
  if (fields.signature) {
    object.Name("signature");
    RETURN_IF_ERROR(AppendSignature(*fields.signature, leaf));
  }
  object.NonEmptyText("source", fields.source);
  object.Integer("v", 1);
  RETURN_IF_ERROR(object.End());
  if (leaf.size() > kLeafSizeMax) {
    return absl::InvalidArgumentError(absl::StrCat("leaf of ", leaf.size(), " bytes, over ", kLeafSizeMax));
  }
  return leaf;
}

}  // namespace affidavit
