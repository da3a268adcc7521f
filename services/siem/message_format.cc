#include "services/siem/message_format.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/siem/ocsf.h"

namespace affidavit::siem {
namespace {

// What an analyst should look at although it was written as it should be.
int SeverityOfKind(const std::string& kind) {
  return kind == "conflict" || kind == "quarantined" ? kSeverityWarning : kSeverityInformational;
}

std::string MessageIdOf(const db::WriteReceipt& receipt) {
  if (receipt.outcome == "left_out") {
    return "RECORD_LEFT_OUT";
  }
  return receipt.kind == "conflict"      ? "CONFLICT_WRITTEN"
         : receipt.kind == "quarantined" ? "QUARANTINED_WRITTEN"
                                         : "RECORD_WRITTEN";
}

SyslogMessage MessageOf(const db::WriteReceipt& receipt) {
  SyslogMessage message{.severity = SeverityOfKind(receipt.kind),
                        .time = receipt.write_time,
                        .message_id = MessageIdOf(receipt),
                        .element_name = "audit",
                        .parameters = {},
                        .text = ""};
  // What does not apply is left out: an empty value would say something else.
  const auto add = [&message](const char* name, std::string value) {
    if (!value.empty()) {
      message.parameters.emplace_back(name, std::move(value));
    }
  };
  add("eventId", receipt.event_id.value_or(""));
  add("payloadHash", receipt.payload_sha256);
  add("storageKey", receipt.object_key);
  add("workerId", receipt.worker_id);
  add("leafIndex", absl::StrCat(receipt.leaf_index));
  add("outcome", receipt.outcome);
  add("kind", receipt.kind);
  add("source", receipt.source);
  add("receiptId", absl::StrCat(receipt.receipt_id));
  add("store", receipt.store);
  add("versionId", receipt.version_id);
  add("retainUntil", receipt.retain_until ? FormatRfc3339(*receipt.retain_until) : "");
  add("legalHold", receipt.legal_hold ? "true" : "");
  message.text = absl::StrCat(receipt.kind, " ", receipt.leaf_index, " ", receipt.outcome);
  return message;
}

SyslogMessage MessageOf(const db::SecurityEvent& event) {
  return {.severity = kSeverityWarning,
          .time = event.event_time,
          .message_id = "SECURITY_EVENT",
          .element_name = "alert",
          .parameters = {{"name", event.name},
                         {"securityEventId", absl::StrCat(event.event_id)},
                         {"details", event.details}},
          .text = event.name};
}

template <typename Record>
std::string FormatRecord(const Record& record, MessageFormat format, const SyslogIdentity& identity) {
  if (format == MessageFormat::kOcsf) {
    return OcsfJson(record, identity.host_name);
  }
  SyslogMessage message = MessageOf(record);
  if (format == MessageFormat::kOcsfOverSyslog) {
    message.element_name.clear();
    message.text = OcsfJson(record, identity.host_name);
  }
  return FormatSyslog(message, identity);
}

}  // namespace

std::string FormatReceipt(const db::WriteReceipt& receipt, MessageFormat format, const SyslogIdentity& identity) {
  return FormatRecord(receipt, format, identity);
}

std::string FormatSecurityEvent(const db::SecurityEvent& event, MessageFormat format, const SyslogIdentity& identity) {
  return FormatRecord(event, format, identity);
}

}  // namespace affidavit::siem
