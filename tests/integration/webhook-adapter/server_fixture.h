// The adapter from its socket to its batcher, in this process, over a fake ledger.
#pragma once

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ops/metrics.h"
#include "tests/integration/webhook-adapter/certificate.h"
#include "tests/integration/webhook-adapter/client.h"
#include "tests/unit/webhook-adapter/fake_ledger.h"
#include "webhook-adapter/batcher.h"
#include "webhook-adapter/http_server.h"
#include "webhook-adapter/intake.h"

namespace affidavit::adapter {

inline constexpr std::string_view kSecret = "a secret of tests";
inline constexpr std::string_view kBody = R"({"id":"e-1","type":"message:send"})";

class ServerFixture : public testing::Test {
 protected:
  ServerFixture() {
    WriteCertificate("first", directory_.File("cert.pem"), directory_.File("key.pem"));
    options_.certificate_file = directory_.File("cert.pem");
    options_.key_file = directory_.File("key.pem");
  }

  ~ServerFixture() override {
    if (batcher_ != nullptr) {
      ledger_.Release();
      batcher_->Drain(std::chrono::steady_clock::now());
    }
  }

  void Start() {
    Batcher::Options batching;
    batching.adapter_id = "adapter-7";
    batching.backoff_min = std::chrono::milliseconds(2);
    batching.backoff_max = std::chrono::milliseconds(20);
    batcher_ = std::make_unique<Batcher>(std::move(batching), ledger_);
    auto server = HttpServer::Start(options_, intake_, *batcher_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const std::string& address = server_->bound_addresses().front();
    port_ = std::atoi(address.substr(address.rfind(':') + 1).c_str());
  }

  static std::string Post(std::string_view extra = "") { return SignedPost(kBody, kSecret, extra); }
  HttpAnswer ExchangeOnce(std::string_view request) { return Client(port_).Exchange(request); }

  static double CountOf(std::string_view answer, std::string_view source = "genesys") {
    return ops::CounterOf("affidavit_adapter_requests_total", "Requests by source and answer",
                          {{"source", std::string(source)}, {"answer", std::string(answer)}})
        .Value();
  }

  TemporaryDirectory directory_;
  HttpServerOptions options_;
  FakeLedger ledger_;
  const Intake intake_{{{.name = "genesys",
                         .route = "/genesys/telemetry",
                         .scheme = SignatureScheme::kHmacSha256Hex,
                         .signature_header = "x-genesys-signature",
                         .secrets = {{.id = "k1", .bytes = std::string(kSecret)}}}}};
  // Ends after the batcher: results are posted to the server's threads.
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Batcher> batcher_;
  int port_ = 0;
};

// An RFC 9457 problem with this status and nothing that one answer alone has.
MATCHER_P(IsProblem, status, "") {
  return arg.status == status && arg.headers.at("content-type") == "application/problem+json" &&
         arg.headers.at("x-request-id").size() == 16 &&
         arg.body.find("\"status\":" + std::to_string(status)) != std::string::npos;
}

}  // namespace affidavit::adapter
