#include "tests/integration/timeouts/timeouts_fixture.h"

#include <thread>

#include "core/envelope/adapter_retirement.h"
#include "ops/metrics.h"
#include "services/ledger/wire/convert.h"

namespace affidavit::timeouts {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPause{50};

class HookedClient final : public records::RecordClient {
 public:
  HookedClient(std::unique_ptr<records::RecordClient> client, AppendHook hook)
      : client_(std::move(client)), hook_(std::move(hook)) {}

  absl::StatusOr<std::vector<records::RecordReceipt>> Append(std::span<const records::Record> records,
                                                             std::chrono::milliseconds time_max) override {
    return hook_(records, [&](std::span<const records::Record> passed) { return client_->Append(passed, time_max); });
  }

 private:
  const std::unique_ptr<records::RecordClient> client_;
  const AppendHook hook_;
};

}  // namespace

TimeoutsFixture::TimeoutsFixture() : config_(MakeConfig()), ledger_(config_) {
  config_.worker.ledger_target = config_.ledger.listen;
  projector::ProjectorOptions options = projector::MakeProjectorOptions(config_);
  options.poll_interval = std::chrono::milliseconds(20);
  projector_ = projector::ProjectorJob::Start(std::move(options), {.url = database_.url(testing::Role::kWorker)});
}

TimeoutsOptions TimeoutsFixture::Options(const std::string& worker_id) {
  TimeoutsOptions options;
  options.adapter_grace = std::chrono::seconds(2);  // no adapter of these tests holds anything for longer
  options.worker_id = worker_id;
  options.threshold = std::chrono::seconds(1);
  options.poll_interval = std::chrono::milliseconds(50);
  options.backoff_min = std::chrono::milliseconds(20);
  options.backoff_max = std::chrono::milliseconds(200);
  return options;
}

void TimeoutsFixture::Start(TimeoutsOptions options, AppendHook hook) {
  std::unique_ptr<records::RecordClient> client = records::MakeGrpcRecordClient(config_.worker);
  if (hook != nullptr) {
    client = std::make_unique<HookedClient>(std::move(client), std::move(hook));
  }
  jobs_.push_back(
      TimeoutsJob::Start(std::move(options), {.url = database_.url(testing::Role::kWorker)}, std::move(client)));
}

std::string TimeoutsFixture::Event(const std::string& id, const std::string& type, const std::string& message_id,
                                   const std::string& channel, const std::string& more) {
  return R"({"id":")" + id + R"(","type":")" + type + R"(","message":{"id":")" + message_id +
         R"(","direction":"outbound","channel":")" + channel + R"("})" + more + "}";
}

void TimeoutsFixture::Add(const std::vector<std::string>& bodies) {
  std::vector<v1::Envelope> envelopes;
  for (const std::string& body : bodies) {
    envelopes.push_back(ledger::MakeEnvelope(body));
  }
  for (const v1::AppendResult& result : ledger_.Append(ledger::MakeRequest(envelopes))) {
    EXPECT_EQ(result.outcome(), v1::APPEND_OUTCOME_ACCEPTED);
  }
}

void TimeoutsFixture::AddSends(const std::string& prefix, int count) {
  std::vector<std::string> bodies;
  for (int i = 0; i < count; ++i) {
    const std::string id = prefix + std::to_string(i);
    bodies.push_back(Event(id, "message:send", "m-" + id));
  }
  Add(bodies);
}

void TimeoutsFixture::Retire(const std::string& adapter_id) {
  const GovernanceRecord act = EncodeRetirement({.adapter_id = adapter_id, .actor = "test"}, SystemClock().WallNow());
  v1::AppendRecordsRequest request;
  v1::Record& record = *request.add_records();
  record.set_kind(v1::ENTRY_KIND_GOVERNANCE);
  record.set_source("affidavit");
  record.set_idempotency_key(act.idempotency_key);
  record.set_event_type(act.event_type);
  record.set_payload(act.payload);
  v1::AppendRecordsResponse response;
  const grpc::Status status = ledger_.Call(&v1::AppendService::Stub::AppendRecords, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

bool TimeoutsFixture::Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    for (const auto& [adapter_id, spooled] : alive_) {
      v1::AppendEnvelopesRequest sign;
      sign.set_adapter_id(adapter_id);
      if (spooled) {
        *sign.mutable_oldest_spooled_receive_time() = ledger::ToTimestamp(*spooled);
      }
      v1::AppendEnvelopesResponse response;
      ledger_.Call(&v1::AppendService::Stub::AppendEnvelopes, sign, &response);
    }
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

void TimeoutsFixture::Pass(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  Eventually([&] { return std::chrono::steady_clock::now() >= end; });
}

std::string TimeoutsFixture::StatusOf(const std::string& message_id) {
  return database_.Exec(
      "SELECT status || CASE WHEN late_delivery THEN ', late' ELSE '' END "
      "FROM affidavit_state.messages WHERE message_id = '" +
      message_id + "'");
}

v1::Entry TimeoutsFixture::TimeoutOf(const std::string& event_id) {
  const std::string index = database_.Exec(
      "SELECT coalesce(max(leaf_index), -1) FROM affidavit.entries WHERE kind = 'status' AND event_id = '" + event_id +
      "'");
  v1::GetEntryRequest request;
  request.set_leaf_index(std::stoll(index));
  request.set_view(v1::ENTRY_VIEW_FULL);
  v1::GetEntryResponse response;
  const grpc::Status status = ledger_.Call(&v1::QueryService::Stub::GetEntry, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.entry();
}

bool TimeoutsFixture::IsHeldBack() {
  return ops::MetricsText().find("\naffidavit_timeouts_held_back 1\n") != std::string::npos;
}

}  // namespace affidavit::timeouts
