// A whole ledger that signs, on a database that a test can roll back under it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "tests/integration/ledger/ledger_fixture.h"
#include "tests/integration/ledger/publish_fixture.h"

namespace affidavit::ledger {

class PublishedLedgerFixture : public PublishFixture {
 protected:
  config::Config MakeConfig() {
    config::Config config;
    config.database.url = database_.url(testing::Role::kLedger);
    config.ledger.listen = "unix:" + folder_ + "/" + std::to_string(socket_count_++) + ".sock";
    config.ledger.metrics_listen = "127.0.0.1:0";
    config.ledger.drain_seconds = 5;
    config.sources.emplace_back();
    config.sources.back().name = "genesys";
    config.sources.back().profile = BuiltinProfile("default").value();
    config.signing.origin = kOrigin;
    config.signing.key_files = {folder_ + "/key"};
    config.signing.guard_file = GuardPath();
    config.signing.checkpoint_interval_ms = 20;
    return config;
  }

  // False when it does not become true in time.
  static bool Eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  // Signed, and kept in the guard file too, which is written a moment after the checkpoint is committed.
  bool IsSigned(RunningLedger& ledger, int64_t tree_size) {
    return Eventually(
        [&] { return ledger.Status().log().checkpoint_tree_size() >= tree_size && GuardTreeSize() >= tree_size; });
  }

  // As the guard file's checkpoint says, in its second line; 0 without one.
  int64_t GuardTreeSize() const {
    const std::string note = GuardNote().value_or("\n0");
    return std::stoll(note.substr(note.find('\n') + 1));
  }

  static grpc::Status TryAppend(RunningLedger& ledger, const std::string& id) {
    v1::AppendEnvelopesResponse response;
    return ledger.Call(&v1::AppendService::Stub::AppendEnvelopes, MakeRequest({MakeEnvelope(EventBody(id))}),
                       &response);
  }

 private:
  int socket_count_ = 0;
};

}  // namespace affidavit::ledger
