#include "cli/custody_render.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/custody_json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "core/base/text.h"

namespace affidavit::cli {
namespace {

constexpr size_t kCustodyWidth = 120;
constexpr std::string_view kEventIndent = "  ";
constexpr std::string_view kFactIndent = "        ";
constexpr std::string_view kPartGap = "   ";

std::string TimePart(const char* name, bool present, const google::protobuf::Timestamp& time) {
  return absl::StrCat(name, " ", present ? TimeText(time) : "unknown");
}

std::string SecondsText(int64_t milliseconds) {
  const int64_t magnitude = std::llabs(milliseconds);
  const std::string thousandths = absl::StrCat(magnitude % 1000);
  return absl::StrCat(magnitude / 1000, ".", std::string(3 - thousandths.size(), '0'), thousandths, " s");
}

// What an entry says, with the platform's own word where it has one.
std::string SaysText(const v1::CustodyEvent& event) {
  const std::string status = StatusText(event.status());
  return event.status_word().empty() ? absl::StrCat("says ", status)
                                     : absl::StrCat("says ", status, " (", Printable(event.status_word()), ")");
}

std::vector<std::string> HeadOf(const v1::CustodyEvent& event) {
  const v1::Entry& entry = event.entry();
  std::vector<std::string> parts{absl::StrCat("entry ", entry.leaf_index()),
                                 entry.event_type().empty() ? KindName(entry.kind()) : Printable(entry.event_type()),
                                 SaysText(event)};
  if (entry.kind() != v1::ENTRY_KIND_ENVELOPE && !entry.event_type().empty()) {
    parts.push_back(absl::StrCat("kind ", KindName(entry.kind())));
  }
  parts.emplace_back(event.is_published() ? "proof published" : "proof not yet");
  return parts;
}

std::vector<std::string> ClocksOf(const v1::CustodyEvent& event, int32_t drift_threshold_ms) {
  const v1::Entry& entry = event.entry();
  std::vector<std::string> parts{TimePart("event", entry.has_event_time(), entry.event_time()),
                                 TimePart("delivery", entry.has_delivery_time(), entry.delivery_time())};
  if (event.has_clock_drift_ms()) {
    parts.push_back(absl::StrCat(
        "drift ", DriftText(event.clock_drift_ms()),
        event.clock_drift_exceeded() ? absl::StrCat(" EXCEEDS ", SecondsText(drift_threshold_ms)) : std::string()));
  }
  return parts;
}

std::vector<std::string> ReceivedOf(const v1::Entry& entry) {
  std::string received = TimePart("received", entry.has_receive_time(), entry.receive_time());
  if (!entry.adapter_id().empty()) {
    absl::StrAppend(&received, " by ", Printable(entry.adapter_id()));
  }
  return {std::move(received), TimePart("stored", entry.has_integrate_time(), entry.integrate_time())};
}

std::vector<std::string> CopyOf(const v1::CustodyEvent& event) {
  if (!event.has_copy()) {
    return {"copy none yet"};
  }
  const v1::CustodyCopy& copy = event.copy();
  std::vector<std::string> parts{absl::StrCat("copy ", Printable(copy.outcome()))};
  if (!copy.detail().empty()) {
    parts.push_back(Printable(copy.detail()));
  }
  if (!copy.object_key().empty()) {
    parts.push_back(Printable(copy.object_key()));
  }
  if (!copy.version_id().empty()) {
    parts.push_back(absl::StrCat("version ", Printable(copy.version_id())));
  }
  if (copy.has_retain_until_time()) {
    parts.push_back(absl::StrCat("locked until ", TimeText(copy.retain_until_time())));
  }
  if (!copy.store().empty()) {
    parts.push_back(absl::StrCat("in ", Printable(copy.store())));
  }
  if (!copy.worker_id().empty()) {
    parts.push_back(absl::StrCat("by worker ", Printable(copy.worker_id())));
  }
  return parts;
}

std::string VerdictText(const v1::SchemaVerdict& verdict) {
  std::string text =
      absl::StrCat("schema ", VerdictName(verdict.outcome()),
                   verdict.schema_id().empty() ? "" : absl::StrCat(" (", Printable(verdict.schema_id()), ")"));
  if (verdict.outcome() == v1::SchemaVerdict::OUTCOME_DRIFTED) {
    absl::StrAppend(&text, " at ", verdict.drift_pointer().empty() ? "the whole" : Printable(verdict.drift_pointer()),
                    ": ", Printable(verdict.drift_reason()));
  }
  return text;
}

std::vector<std::string> FactsOf(const v1::CustodyEvent& event) {
  std::vector<std::string> parts;
  if (event.hold_ids_size() > 0) {
    parts.push_back(absl::StrCat("held by ", Printable(absl::StrJoin(event.hold_ids(), ", "))));
  }
  if (event.payload_disposed()) {
    parts.emplace_back("payload disposed of");
  }
  if (!event.payload_error().empty()) {
    parts.push_back(absl::StrCat("jsonb cannot hold it (", Printable(event.payload_error()), ")"));
  }
  if (!event.carrier().empty()) {
    parts.push_back(absl::StrCat("carrier ", Printable(event.carrier())));
  }
  if (event.consent() != v1::CONSENT_UNSPECIFIED) {
    parts.push_back(absl::StrCat("consent ", ConsentText(event.consent())));
  }
  if (event.has_schema_verdict()) {
    parts.push_back(VerdictText(event.schema_verdict()));
  }
  return parts;
}

std::string HeadingOf(const v1::CustodyChain& chain) {
  std::string text = chain.message_id().empty() ? absl::StrCat("Event ", Printable(chain.event_id()))
                                                : absl::StrCat("Message ", Printable(chain.message_id()));
  absl::StrAppend(&text, " of ", Printable(chain.source()));
  if (!chain.channel().empty()) {
    absl::StrAppend(&text, ", ", Printable(chain.channel()));
  }
  absl::StrAppend(&text, ": ", StatusText(chain.status()));
  return chain.has_decided_by_leaf_index() ? absl::StrCat(text, ", decided by entry ", chain.decided_by_leaf_index())
                                           : absl::StrCat(text, ", decided by no entry");
}

std::vector<std::string> RemarksOf(const v1::CustodyChain& chain) {
  std::vector<std::string> parts;
  for (const std::string& id : chain.correlation_ids()) {
    parts.push_back(absl::StrCat("correlation ", Printable(id)));
  }
  if (chain.late_delivery()) {
    parts.emplace_back("LATE DELIVERY: after a timeout; both stand");
  }
  if (chain.conflict_count() > 0) {
    parts.push_back(absl::StrCat("conflicts ", chain.conflict_count()));
  }
  return parts;
}

}  // namespace

std::string DriftText(int64_t drift_ms) {
  return absl::StrCat(drift_ms < 0 ? "-" : "+", SecondsText(drift_ms));
}

void PrintParts(const std::vector<std::string>& parts, std::string_view indent, size_t width, std::ostream& out) {
  std::string line;
  size_t columns = 0;
  for (const std::string& part : parts) {
    const size_t wanted = DisplayWidth(part);
    if (!line.empty() && columns + kPartGap.size() + wanted > width) {
      out << line << "\n";
      line.clear();
    }
    const std::string_view before = line.empty() ? indent : kPartGap;
    columns = (line.empty() ? 0 : columns) + before.size() + wanted;
    line += Concat({before, part});
  }
  if (!line.empty()) {
    out << line << "\n";
  }
}

void PrintCustodyChain(const v1::CustodyChain& chain, const v1::GetCustodyChainResponse& response, std::ostream& out) {
  out << HeadingOf(chain) << "\n";
  PrintParts(RemarksOf(chain), kEventIndent, kCustodyWidth, out);
  for (const v1::CustodyEvent& event : chain.events()) {
    PrintParts(HeadOf(event), kEventIndent, kCustodyWidth, out);
    PrintParts(ClocksOf(event, response.drift_threshold_ms()), kFactIndent, kCustodyWidth, out);
    PrintParts(ReceivedOf(event.entry()), kFactIndent, kCustodyWidth, out);
    PrintParts(CopyOf(event), kFactIndent, kCustodyWidth, out);
    PrintParts(FactsOf(event), kFactIndent, kCustodyWidth, out);
  }
}

std::string NotYetProjected(const v1::GetCustodyChainResponse& response) {
  if (response.projected_leaf_index() >= response.tree_size()) {
    return "";
  }
  return absl::StrCat("Not projected yet: entries from ", response.projected_leaf_index(), " on, of ",
                      WithThousands(response.tree_size()),
                      ". Their carriers, consents and schema verdicts, and what only a recipient leads to, come in a "
                      "moment.");
}

}  // namespace affidavit::cli
