// How long a proof takes, at the caller: GetInclusionProof over a log of a given size with a warm cache, and from the
// answer that an envelope is stored to a proof of it that verifies. Every proof is verified.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "affidavit/v1/append_service.grpc.pb.h"
#include "affidavit/v1/evidence_service.grpc.pb.h"
#include "core/base/time.h"
#include "core/checkpoint/tlog_proof.h"
#include "grpcpp/grpcpp.h"

namespace affidavit {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kBatchCount = 500;
constexpr size_t kPayloadSize = 1'024;
constexpr int kWaitMaxMs = 20'000;
constexpr std::chrono::seconds kCallTime{30};

void Check(const grpc::Status& status, const char* what) {
  if (!status.ok()) {
    throw std::runtime_error(std::string(what) + ": " + status.error_message());
  }
}

void PrintLine(const std::string& what, std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double share) {
    return milliseconds[static_cast<size_t>(share * static_cast<double>(milliseconds.size() - 1))];
  };
  std::cout << what << ": p50 " << std::fixed << std::setprecision(2) << at(0.5) << " ms, p99 " << at(0.99)
            << " ms, max " << milliseconds.back() << " ms\n";
}

class Bench {
 public:
  explicit Bench(const std::string& target)
      : channel_(grpc::CreateChannel(target, grpc::InsecureChannelCredentials())),
        append_(v1::AppendService::NewStub(channel_)),
        evidence_(v1::EvidenceService::NewStub(channel_)) {}

  // Stores `count` envelopes; the leaf_index of the last one.
  int64_t Append(int count) {
    v1::AppendEnvelopesRequest request;
    request.set_adapter_id("bench");
    for (int i = 0; i < count; ++i) {
      *request.add_envelopes() = MakeEnvelope();
    }
    v1::AppendEnvelopesResponse response;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kCallTime);
    Check(append_->AppendEnvelopes(&context, request, &response), "append");
    for (const v1::AppendResult& result : response.results()) {
      if (result.outcome() != v1::APPEND_OUTCOME_ACCEPTED) {
        throw std::runtime_error("append: an envelope was not accepted: " + result.error().message());
      }
    }
    return response.results().rbegin()->leaf_index();
  }

  // The key is taken from the ledger: this measures, it does not audit.
  void ReadKeys() {
    v1::GetCheckpointResponse response;
    grpc::ClientContext context;
    Check(evidence_->GetCheckpoint(&context, {}, &response), "checkpoint");
    for (const std::string& key : response.verifier_keys()) {
      policy_.log_keys.push_back(ParseVerifierKey(key).value());
    }
  }

  v1::GetInclusionProofResponse Prove(int64_t leaf_index) {
    v1::GetInclusionProofRequest request;
    request.set_leaf_index(leaf_index);
    request.set_wait_max_ms(kWaitMaxMs);
    v1::GetInclusionProofResponse response;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kCallTime);
    Check(evidence_->GetInclusionProof(&context, request, &response), "proof");
    return response;
  }

  void Verify(const v1::GetInclusionProofResponse& response) const {
    const auto proof = ParseTlogProof(response.tlog_proof());
    if (!proof.ok() || !VerifyTlogProof(response.leaf(), *proof, policy_).ok()) {
      throw std::runtime_error("a proof does not verify");
    }
  }

 private:
  v1::Envelope MakeEnvelope() {
    const std::string id = std::to_string(run_) + "-" + std::to_string(count_++);
    std::string payload = R"({"id":")" + id + R"(","type":"message:send","message":{"id":")" + id +
                          R"(","direction":"outbound","channel":"sms"},"pad":")";
    payload += std::string(kPayloadSize - std::min(kPayloadSize, payload.size() + 2), 'x') + "\"}";
    v1::Envelope envelope;
    envelope.set_source("genesys");
    envelope.set_payload(std::move(payload));
    const int64_t now = SystemClock().WallNow().time_since_epoch().count();
    envelope.mutable_receive_time()->set_seconds(now / 1'000'000);
    envelope.mutable_receive_time()->set_nanos(static_cast<int32_t>(now % 1'000'000) * 1'000);
    envelope.mutable_signature()->set_scheme("hmac-sha256-hex");
    envelope.mutable_signature()->set_key_id("bench");
    envelope.mutable_signature()->set_key_fingerprint("\x01\x02\x03\x04\x05\x06\x07\x08");
    envelope.set_provenance("webhook");
    return envelope;
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::AppendService::Stub> append_;
  const std::unique_ptr<v1::EvidenceService::Stub> evidence_;
  CheckpointPolicy policy_;
  const uint32_t run_ = std::random_device{}();
  int count_ = 0;
};

void Run(const std::string& target, int64_t entry_count, int call_count, int append_count, uint32_t seed) {
  Bench bench(target);
  int64_t last = bench.Append(1);
  while (last + 1 < entry_count) {
    last = bench.Append(static_cast<int>(std::min<int64_t>(kBatchCount, entry_count - last - 1)));
  }
  bench.Prove(last);
  bench.ReadKeys();
  std::minstd_rand random(seed);
  std::uniform_int_distribution<int64_t> any_entry(0, last);
  for (int64_t index = 0; index <= last; index += 128) {
    bench.Prove(index);  // every tile once
  }
  std::vector<double> proof_times;
  for (int i = 0; i < call_count; ++i) {
    const Clock::time_point start = Clock::now();
    const v1::GetInclusionProofResponse response = bench.Prove(any_entry(random));
    proof_times.push_back(Milliseconds(Clock::now() - start).count());
    bench.Verify(response);
  }
  std::vector<double> publish_times;
  std::uniform_int_distribution<int> pause_ms(0, 100);  // in no step with the checkpointer
  for (int i = 0; i < append_count; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms(random)));
    const int64_t index = bench.Append(1);
    const Clock::time_point start = Clock::now();
    bench.Verify(bench.Prove(index));
    publish_times.push_back(Milliseconds(Clock::now() - start).count());
  }
  PrintLine("GetInclusionProof, " + std::to_string(last + 1) + " entries, " + std::to_string(call_count) + " calls",
            proof_times);
  PrintLine("from the append's answer to a verified proof, " + std::to_string(append_count) + " appends",
            publish_times);
}

}  // namespace
}  // namespace affidavit

int main(int argc, char** argv) {
  CLI::App app("How long proofs take");
  std::string target;
  int64_t entry_count = 100'000;
  int call_count = 5'000;
  int append_count = 100;
  uint32_t seed = 1;
  app.add_option("--target", target, "The ledger, HOST:PORT")->required();
  app.add_option("--entries", entry_count, "Fill the log up to so many entries first");
  app.add_option("--calls", call_count)->check(CLI::PositiveNumber);
  app.add_option("--appends", append_count)->check(CLI::PositiveNumber);
  app.add_option("--seed", seed);
  CLI11_PARSE(app, argc, argv);
  try {
    affidavit::Run(target, entry_count, call_count, append_count, seed);
  } catch (const std::exception& error) {
    std::cerr << "affidavit-bench-proofs: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
