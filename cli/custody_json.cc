#include "cli/custody_json.h"

#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "boost/json/array.hpp"
#include "cli/render.h"
#include "core/base/encoding.h"

namespace affidavit::cli {
namespace {

namespace json = boost::json;

std::string LowerName(const std::string& name, const char* prefix) {
  return absl::AsciiStrToLower(absl::StripPrefix(name, prefix));
}

void PutCustodyText(json::object& out, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    out[json::string_view(name.data(), name.size())] = text;
  }
}

json::object CopyJson(const v1::CustodyCopy& copy) {
  json::object out{{"outcome", copy.outcome()}};
  PutCustodyText(out, "store", copy.store());
  PutCustodyText(out, "object_key", copy.object_key());
  PutCustodyText(out, "version_id", copy.version_id());
  PutCustodyText(out, "checksum_sha256", HexEncode(copy.checksum_sha256()));
  PutCustodyText(out, "retain_until_time", copy.has_retain_until_time() ? TimeText(copy.retain_until_time()) : "");
  out["legal_hold"] = copy.legal_hold();
  PutCustodyText(out, "store_time", copy.has_store_time() ? TimeText(copy.store_time()) : "");
  PutCustodyText(out, "write_time", copy.has_write_time() ? TimeText(copy.write_time()) : "");
  PutCustodyText(out, "worker_id", copy.worker_id());
  PutCustodyText(out, "detail", copy.detail());
  return out;
}

json::object VerdictJson(const v1::SchemaVerdict& verdict) {
  json::object out{{"outcome", VerdictName(verdict.outcome())}};
  PutCustodyText(out, "schema_id", verdict.schema_id());
  if (verdict.outcome() == v1::SchemaVerdict::OUTCOME_DRIFTED) {
    out["drift_pointer"] = verdict.drift_pointer();
    out["drift_reason"] = verdict.drift_reason();
  }
  return out;
}

json::object EventJson(const v1::CustodyEvent& event) {
  json::object out{{"entry", EntryJson(event.entry())}, {"status", StatusText(event.status())}};
  PutCustodyText(out, "status_word", event.status_word());
  if (event.has_clock_drift_ms()) {
    out["clock_drift_ms"] = event.clock_drift_ms();
    out["clock_drift_exceeded"] = event.clock_drift_exceeded();
  }
  if (event.has_copy()) {
    out["copy"] = CopyJson(event.copy());
  }
  out["is_published"] = event.is_published();
  if (event.hold_ids_size() > 0) {
    out["hold_ids"] = json::array(event.hold_ids().begin(), event.hold_ids().end());
  }
  if (event.payload_disposed()) {
    out["payload_disposed"] = true;
  }
  PutCustodyText(out, "payload_error", event.payload_error());
  PutCustodyText(out, "carrier", event.carrier());
  if (event.consent() != v1::CONSENT_UNSPECIFIED) {
    out["consent"] = ConsentText(event.consent());
  }
  if (event.has_schema_verdict()) {
    out["schema_verdict"] = VerdictJson(event.schema_verdict());
  }
  return out;
}

json::object ChainJson(const v1::CustodyChain& chain) {
  json::object out{{"source", chain.source()}};
  PutCustodyText(out, "message_id", chain.message_id());
  PutCustodyText(out, "event_id", chain.event_id());
  PutCustodyText(out, "channel", chain.channel());
  out["status"] = StatusText(chain.status());
  if (chain.has_decided_by_leaf_index()) {
    out["decided_by_leaf_index"] = chain.decided_by_leaf_index();
  }
  out["late_delivery"] = chain.late_delivery();
  out["conflict_count"] = chain.conflict_count();
  out["correlation_ids"] = json::array(chain.correlation_ids().begin(), chain.correlation_ids().end());
  json::array events;
  for (const v1::CustodyEvent& event : chain.events()) {
    events.push_back(EventJson(event));
  }
  out["events"] = std::move(events);
  return out;
}

}  // namespace

std::string VerdictName(v1::SchemaVerdict::Outcome outcome) {
  return LowerName(v1::SchemaVerdict::Outcome_Name(outcome), "OUTCOME_");
}

std::string ConsentText(v1::Consent consent) {
  return LowerName(v1::Consent_Name(consent), "CONSENT_");
}

std::string StatusText(v1::MessageStatus status) {
  return status == v1::MESSAGE_STATUS_UNSPECIFIED
             ? "UNKNOWN"
             : std::string(absl::StripPrefix(v1::MessageStatus_Name(status), "MESSAGE_STATUS_"));
}

json::object CustodyJson(const v1::GetCustodyChainResponse& response) {
  json::array chains;
  for (const v1::CustodyChain& chain : response.chains()) {
    chains.push_back(ChainJson(chain));
  }
  return {{"chains", std::move(chains)},
          {"tree_size", response.tree_size()},
          {"checkpoint_tree_size", response.checkpoint_tree_size()},
          {"projected_leaf_index", response.projected_leaf_index()},
          {"drift_threshold_ms", response.drift_threshold_ms()}};
}

}  // namespace affidavit::cli
