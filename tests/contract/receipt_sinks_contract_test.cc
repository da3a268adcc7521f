// The contract of receipt sinks, for each of them.
#include <filesystem>
#include <fstream>

#include "services/siem/json_lines_sink.h"
#include "services/siem/relp_sink.h"
#include "services/siem/syslog_tls_sink.h"
#include "tests/contract/receipt_sink_contract.h"
#include "tests/integration/webhook-adapter/certificate.h"
#include "tests/support/test_receiver.h"

namespace affidavit::siem {
namespace {

using adapter::TemporaryDirectory;
using ::affidavit::testing::ReceiverOptions;
using ::affidavit::testing::TestReceiver;

enum class Speech { kRelp, kRelpOverTls, kSyslogOverTls };

class NetworkBackend : public SinkBackend {
 public:
  explicit NetworkBackend(Speech speech) : speech_(speech) {
    adapter::WriteCertificate("receiver", folder_.File("cert.pem"), folder_.File("key.pem"));
    ReceiverOptions options{.is_relp = speech != Speech::kSyslogOverTls, .certificate_file = "", .key_file = ""};
    if (speech != Speech::kRelp) {
      options.certificate_file = folder_.File("cert.pem");
      options.key_file = folder_.File("key.pem");
    }
    receiver_ = std::make_unique<TestReceiver>(options);
  }

  std::unique_ptr<ReceiptSink> MakeSink() override {
    SinkAddress address{.host = "127.0.0.1", .port = std::to_string(receiver_->port())};
    if (speech_ == Speech::kRelp) {
      return std::make_unique<RelpSink>(address);
    }
    address.ca_file = folder_.File("cert.pem");
    if (speech_ == Speech::kRelpOverTls) {
      return std::make_unique<RelpSink>(address);
    }
    return std::make_unique<SyslogTlsSink>(address);
  }
  void TakeAway() override { receiver_->Stop(); }
  void BringBack() override { receiver_->Start(); }
  std::vector<std::string> Received() override { return receiver_->messages(); }

 private:
  const Speech speech_;
  TemporaryDirectory folder_;
  std::unique_ptr<TestReceiver> receiver_;
};

class FileBackend : public SinkBackend {
 public:
  FileBackend() { BringBack(); }
  std::unique_ptr<ReceiptSink> MakeSink() override {
    return std::make_unique<JsonLinesSink>(folder_.File("lines/receipts.jsonl"));
  }
  void TakeAway() override { std::filesystem::rename(folder_.File("lines"), folder_.File("away")); }
  void BringBack() override {
    if (std::filesystem::exists(folder_.File("away"))) {
      std::filesystem::rename(folder_.File("away"), folder_.File("lines"));
    } else {
      std::filesystem::create_directory(folder_.File("lines"));
    }
  }
  std::vector<std::string> Received() override {
    std::ifstream file(folder_.File("lines/receipts.jsonl"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(line);
    }
    return lines;
  }

 private:
  TemporaryDirectory folder_;
};

INSTANTIATE_TEST_SUITE_P(
    EverySink, ReceiptSinkContract,
    ::testing::Values(
        SinkContractParam{"Relp", [] { return std::make_unique<NetworkBackend>(Speech::kRelp); }},
        SinkContractParam{"RelpOverTls", [] { return std::make_unique<NetworkBackend>(Speech::kRelpOverTls); }},
        SinkContractParam{"SyslogOverTls", [] { return std::make_unique<NetworkBackend>(Speech::kSyslogOverTls); }},
        SinkContractParam{"JsonLines", [] { return std::make_unique<FileBackend>(); }}),
    [](const ::testing::TestParamInfo<SinkContractParam>& param) { return param.param.name; });

}  // namespace
}  // namespace affidavit::siem
