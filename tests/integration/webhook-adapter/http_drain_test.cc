// Stopping: what is in flight is answered, what is new is refused, nothing is lost.
#include <thread>
#include <vector>

#include "tests/integration/webhook-adapter/server_fixture.h"

namespace affidavit::adapter {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

class HttpDrainTest : public ServerFixture {
 protected:
  HttpDrainTest() { Start(); }
};

TEST_F(HttpDrainTest, WhatIsBeingStoredIsAnsweredAndThenClosed) {
  ledger_.Hold();
  Client client(port_);
  ASSERT_TRUE(client.Send(Post()));
  ASSERT_TRUE(ledger_.WaitForBatches(1));
  server_->BeginDrain();
  ledger_.Release();
  const HttpAnswer answer = client.Receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(client.ReadsEnd());
  client.Drop();
  EXPECT_TRUE(server_->WaitUntilIdle(steady_clock::now() + seconds(10)));
}

TEST_F(HttpDrainTest, ARequestThatHadBegunIsStillServed) {
  Client client(port_);
  std::string request = Post();
  const std::string rest = request.substr(request.size() - 5);
  request.resize(request.size() - 5);
  ASSERT_TRUE(client.Send(request.substr(0, 10)));
  // The server has read the first piece once a second connection has been served by each thread it could be on.
  while (ops::GaugeOf("affidavit_adapter_connections", "Open connections of senders").Value() < 1) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(client.Send(request.substr(10)));
  while (ops::GaugeOf("affidavit_adapter_in_flight_bytes", "Bytes of bodies being read or on their way to the ledger")
             .Value() < 1) {
    std::this_thread::yield();
  }
  server_->BeginDrain();
  const HttpAnswer answer = client.Exchange(rest);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("connection"), "close");
}

TEST_F(HttpDrainTest, IdleConnectionsAreClosedAndNewOnesRefused) {
  Client client(port_);
  EXPECT_EQ(client.Exchange(Post()).status, 200);
  server_->BeginDrain();
  EXPECT_TRUE(client.ReadsEnd());
  client.Drop();
  EXPECT_TRUE(server_->WaitUntilIdle(steady_clock::now() + seconds(10)));
  EXPECT_FALSE(Client(port_).connected());
}

TEST_F(HttpDrainTest, APipelinedRequestIsLeftUnansweredAfterTheLastAnswer) {
  ledger_.Hold();
  Client client(port_);
  ASSERT_TRUE(client.Send(Post() + Post()));
  ASSERT_TRUE(ledger_.WaitForBatches(1));
  server_->BeginDrain();
  ledger_.Release();
  EXPECT_EQ(client.Receive().headers.at("connection"), "close");
  EXPECT_TRUE(client.ReadsEnd());
  EXPECT_EQ(ledger_.envelopes().size(), 1U);
}

TEST_F(HttpDrainTest, UnderLoadEveryAnswerOf200IsInTheLedger) {
  std::atomic<int> accepted = 0;
  std::vector<std::thread> senders;
  for (int i = 0; i < 8; ++i) {
    senders.emplace_back([&] {
      while (true) {
        Client client(port_);
        if (!client.connected()) {
          return;
        }
        while (client.Exchange(Post()).status == 200) {
          ++accepted;
        }
      }
    });
  }
  ASSERT_TRUE(ledger_.WaitFor([](const FakeLedger&) { return true; }));
  while (accepted < 100) {
    std::this_thread::yield();
  }
  server_->BeginDrain();
  for (std::thread& sender : senders) {
    sender.join();
  }
  EXPECT_TRUE(server_->WaitUntilIdle(steady_clock::now() + seconds(10)));
  batcher_->Drain(steady_clock::now() + seconds(10));
  EXPECT_GE(ledger_.envelopes().size(), static_cast<size_t>(accepted));
}

TEST_F(HttpDrainTest, GoingAwayWithoutADrainHarmsNothing) {
  ledger_.Hold();
  Client idle(port_);
  Client storing(port_);
  EXPECT_TRUE(idle.connected());
  ASSERT_TRUE(storing.Send(Post()));
  ASSERT_TRUE(ledger_.WaitForBatches(1));
  ledger_.Release();
  batcher_->Drain(steady_clock::now() + seconds(10));
  server_.reset();
  EXPECT_EQ(ledger_.envelopes().size(), 1U);
}

}  // namespace
}  // namespace affidavit::adapter
