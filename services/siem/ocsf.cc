#include "services/siem/ocsf.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"

namespace affidavit::siem {
namespace {

namespace json = boost::json;

constexpr int kDatastoreActivity = 6005, kActivityWrite = 5;
constexpr int kDetectionFinding = 2004, kActivityCreate = 1;
constexpr int kSeverityIdInformational = 1, kSeverityIdMedium = 3;
constexpr int kAlgorithmSha256 = 3, kRegularFile = 1, kDatabucket = 2, kTable = 3;
constexpr int kBucketTypeS3 = 1, kBucketTypeOther = 99;

int64_t Milliseconds(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// What every class requires.
json::object BaseOf(int class_uid, int activity_id, int severity_id, TimePoint time, std::string uid) {
  return {{"activity_id", activity_id},
          {"category_uid", class_uid / 1000},
          {"class_uid", class_uid},
          {"type_uid", class_uid * 100 + activity_id},
          {"severity_id", severity_id},
          {"time", Milliseconds(time)},
          {"metadata", json::object{{"version", "1.3.0"},
                                    {"product", json::object{{"name", "Affidavit"}, {"vendor_name", "Affidavit"}}},
                                    {"uid", std::move(uid)}}}};
}

json::object BucketOf(const db::WriteReceipt& receipt) {
  const bool is_s3 = receipt.store.rfind("s3:", 0) == 0;
  return {{"name", receipt.store},
          {"type_id", is_s3 ? kBucketTypeS3 : kBucketTypeOther},
          {"file", json::object{{"name", receipt.object_key},
                                {"path", receipt.object_key},
                                {"type_id", kRegularFile},
                                {"version", receipt.version_id},
                                {"hashes", json::array{json::object{{"algorithm_id", kAlgorithmSha256},
                                                                    {"algorithm", "SHA-256"},
                                                                    {"value", receipt.payload_sha256}}}}}}};
}

// The names of the syslog form, so that one rule of a SIEM fits both.
json::object UnmappedOf(const db::WriteReceipt& receipt) {
  json::object unmapped{{"payloadHash", receipt.payload_sha256},
                        {"workerId", receipt.worker_id},
                        {"leafIndex", receipt.leaf_index},
                        {"outcome", receipt.outcome},
                        {"kind", receipt.kind},
                        {"source", receipt.source},
                        {"receiptId", receipt.receipt_id},
                        {"legalHold", receipt.legal_hold}};
  if (receipt.event_id) {
    unmapped["eventId"] = *receipt.event_id;
  }
  if (!receipt.object_key.empty()) {
    unmapped["storageKey"] = receipt.object_key;
  }
  if (receipt.retain_until) {
    unmapped["retainUntil"] = FormatRfc3339(*receipt.retain_until);
  }
  return unmapped;
}

}  // namespace

std::string OcsfJson(const db::WriteReceipt& receipt, std::string_view host_name) {
  const bool is_notable = receipt.kind == "conflict" || receipt.kind == "quarantined";
  json::object out =
      BaseOf(kDatastoreActivity, kActivityWrite, is_notable ? kSeverityIdMedium : kSeverityIdInformational,
             receipt.write_time, absl::StrCat("receipt-", receipt.receipt_id));
  out["status_id"] = 1;  // success
  out["message"] = absl::StrCat(receipt.kind, " ", receipt.leaf_index, " ", receipt.outcome);
  out["actor"] = json::object{{"app_name", "affidavit-worker"}, {"app_uid", receipt.worker_id}};
  out["src_endpoint"] = json::object{{"svc_name", "affidavit-worker"}, {"uid", receipt.worker_id}};
  if (!host_name.empty()) {
    out["src_endpoint"].as_object()["hostname"] = json::string_view(host_name.data(), host_name.size());
  }
  if (receipt.outcome == "left_out") {
    out["type_id"] = kTable;
    out["table"] = json::object{{"name", "affidavit.entries"}};
  } else {
    out["type_id"] = kDatabucket;
    out["databucket"] = BucketOf(receipt);
  }
  out["unmapped"] = UnmappedOf(receipt);
  return json::serialize(out);
}

std::string OcsfJson(const db::SecurityEvent& event, std::string_view host_name) {
  const std::string uid = absl::StrCat("security-event-", event.event_id);
  json::object out = BaseOf(kDetectionFinding, kActivityCreate, kSeverityIdMedium, event.event_time, uid);
  out["message"] = event.name;
  out["finding_info"] = json::object{{"title", event.name}, {"uid", uid}};
  out["is_alert"] = true;
  if (!host_name.empty()) {
    out["device"] = json::object{{"type_id", 1}, {"hostname", json::string_view(host_name.data(), host_name.size())}};
  }
  boost::system::error_code error;
  json::value details = json::parse(event.details, error);
  out["unmapped"] = error ? json::value(event.details) : std::move(details);
  return json::serialize(out);
}

}  // namespace affidavit::siem
