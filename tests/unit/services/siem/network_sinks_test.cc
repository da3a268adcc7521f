// What the contract cannot ask of every sink: receivers that misbehave, and certificates that do not fit.
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/siem/relp_sink.h"
#include "services/siem/syslog_tls_sink.h"
#include "tests/integration/webhook-adapter/certificate.h"
#include "tests/support/test_receiver.h"

namespace affidavit::siem {
namespace {

using ::affidavit::testing::ReceiverFault;
using ::affidavit::testing::TestReceiver;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<std::string> Messages(int count) {
  std::vector<std::string> messages;
  for (int i = 0; i < count; ++i) {
    messages.push_back(absl::StrCat("m", i));
  }
  return messages;
}

SinkAddress AddressOf(const TestReceiver& receiver) {
  return {.host = "127.0.0.1", .port = std::to_string(receiver.port())};
}

constexpr RelpOptions kHasty{.connect_timeout = milliseconds(2'000), .answer_timeout = milliseconds(200)};

TEST(RelpSinkTest, CountsOnlyWhatWasAnsweredBeforeTheConnectionBroke) {
  for (const ReceiverFault fault :
       {ReceiverFault::kBreak, ReceiverFault::kRefuse, ReceiverFault::kSilence, ReceiverFault::kServerClose}) {
    TestReceiver receiver({});
    RelpSink sink(AddressOf(receiver), kHasty);
    receiver.Misbehave(fault, 30);
    const Delivery delivery = sink.Deliver(Messages(100));
    EXPECT_TRUE(absl::IsUnavailable(delivery.status)) << delivery.status;
    EXPECT_LE(delivery.delivered_count, 30u);
    EXPECT_EQ(receiver.messages().size(), 30u);
    if (fault == ReceiverFault::kRefuse || fault == ReceiverFault::kSilence) {
      EXPECT_EQ(delivery.delivered_count, 30u);
    }
    receiver.Misbehave(ReceiverFault::kNone);
    EXPECT_TRUE(sink.Deliver(Messages(5)).status.ok());
  }
}

TEST(RelpSinkTest, TakesAnswersInAnyOrder) {
  TestReceiver receiver({});
  receiver.Misbehave(ReceiverFault::kReverse);
  RelpSink sink(AddressOf(receiver), kHasty);
  const Delivery all = sink.Deliver(Messages(400));
  EXPECT_TRUE(all.status.ok()) << all.status;
  // Of an odd number the last is never answered, and the one before it comes first: it has no gap before it.
  const Delivery odd = sink.Deliver(Messages(7));
  EXPECT_TRUE(absl::IsUnavailable(odd.status));
  EXPECT_EQ(odd.delivered_count, 6u);
}

TEST(RelpSinkTest, KeepsItsSession) {
  TestReceiver receiver({});
  RelpSink sink(AddressOf(receiver), kHasty);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(sink.Deliver(Messages(3)).status.ok());
  }
  EXPECT_EQ(receiver.connection_count(), 1);
  // A receiver that went and came back between two deliveries costs no failure.
  receiver.Stop();
  receiver.Start();
  EXPECT_TRUE(sink.Deliver(Messages(3)).status.ok());
  EXPECT_EQ(receiver.connection_count(), 2);
}

TEST(RelpSinkTest, CancelEndsAWaitAtOnce) {
  TestReceiver receiver({});
  receiver.Misbehave(ReceiverFault::kSilence, 2);
  RelpSink sink(AddressOf(receiver));
  std::thread canceller([&] {
    while (receiver.messages().size() < 2) {
      std::this_thread::yield();
    }
    sink.Cancel();
  });
  const auto begin = steady_clock::now();
  const Delivery delivery = sink.Deliver(Messages(10));
  canceller.join();
  EXPECT_TRUE(absl::IsCancelled(delivery.status)) << delivery.status;
  EXPECT_LE(delivery.delivered_count, 2u);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

class SyslogTlsSinkTest : public ::testing::Test {
 protected:
  SyslogTlsSinkTest() {
    adapter::WriteCertificate("receiver", folder_.File("cert.pem"), folder_.File("key.pem"));
    adapter::WriteCertificate("somebody else", folder_.File("other.pem"), folder_.File("other-key.pem"));
    receiver_ = std::make_unique<TestReceiver>(::affidavit::testing::ReceiverOptions{
        .is_relp = false, .certificate_file = folder_.File("cert.pem"), .key_file = folder_.File("key.pem")});
  }

  SinkAddress Address(const std::string& ca = "cert.pem", const std::string& host = "127.0.0.1") const {
    SinkAddress address = AddressOf(*receiver_);
    address.host = host;
    address.ca_file = folder_.File(ca);
    return address;
  }

  adapter::TemporaryDirectory folder_;
  std::unique_ptr<TestReceiver> receiver_;
};

TEST_F(SyslogTlsSinkTest, BelievesNothingButAnOrderlyEnd) {
  for (const ReceiverFault fault : {ReceiverFault::kBreak, ReceiverFault::kNoCloseNotify}) {
    receiver_->Misbehave(fault, 5);
    SyslogTlsSink sink(Address());
    const Delivery delivery = sink.Deliver(Messages(10));
    EXPECT_TRUE(absl::IsUnavailable(delivery.status)) << delivery.status;
    EXPECT_EQ(delivery.delivered_count, 0u);
  }
}

TEST_F(SyslogTlsSinkTest, DoesNotTakeAReceiverThatGoesForOneThatHasRead) {
  receiver_->Misbehave(ReceiverFault::kEarlyCloseNotify);
  for (int i = 0; i < 20; ++i) {
    SyslogTlsSink sink(Address());
    const Delivery delivery = sink.Deliver(Messages(1 + i * 50));
    EXPECT_TRUE(absl::IsUnavailable(delivery.status)) << delivery.status;
    EXPECT_EQ(delivery.delivered_count, 0u);
  }
  EXPECT_TRUE(receiver_->messages().empty());
}

TEST_F(SyslogTlsSinkTest, ChecksTheAuthorityAndTheName) {
  EXPECT_TRUE(absl::IsPermissionDenied(SyslogTlsSink(Address("other.pem")).Deliver(Messages(1)).status));
  // Another spelling of 127.0.0.1, which the certificate does not name.
  EXPECT_TRUE(absl::IsPermissionDenied(SyslogTlsSink(Address("cert.pem", "127.1")).Deliver(Messages(1)).status));
  EXPECT_TRUE(receiver_->messages().empty());
  EXPECT_TRUE(SyslogTlsSink(Address("cert.pem", "localhost")).Deliver(Messages(1)).status.ok());
  EXPECT_EQ(receiver_->messages().size(), 1u);
}

TEST_F(SyslogTlsSinkTest, SaysWhatIsWrongWithItsFilesAndItsPeer) {
  EXPECT_TRUE(absl::IsInvalidArgument(SyslogTlsSink(Address("missing.pem")).Deliver(Messages(1)).status));
  TestReceiver plain({});
  SinkAddress address = Address();
  address.port = std::to_string(plain.port());
  plain.Misbehave(ReceiverFault::kBreak);
  SyslogTlsSink sink(address, {.connect_timeout = milliseconds(500)});
  EXPECT_FALSE(sink.Deliver(Messages(1)).status.ok());
}

TEST(SinkTargetTest, ReadsHostsAndPorts) {
  EXPECT_EQ(ParseSinkTarget("siem.example.com:6514")->host, "siem.example.com");
  EXPECT_EQ(ParseSinkTarget("[2001:db8::1]:6514")->host, "2001:db8::1");
  EXPECT_EQ(ParseSinkTarget("[2001:db8::1]:6514")->port, "6514");
  for (const char* target : {"", "host", ":1", "host:"}) {
    EXPECT_FALSE(ParseSinkTarget(target).ok()) << target;
  }
}

}  // namespace
}  // namespace affidavit::siem
