#include "db/connection.h"

#include <atomic>
#include <future>
#include <pqxx/pqxx>
#include <string>
#include <thread>

#include "db/connection_pool.h"
#include "db/transaction.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/socket_gate.h"
#include "tests/support/test_database.h"

namespace affidavit::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() { options_.url = database_.url(Role::kOwner); }

  void Terminate() const {
    database_.Exec(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename = 'affidavit_owner'");
  }

  static std::function<absl::Status(db::Transaction&)> Exec(const std::string& sql) {
    return [sql](db::Transaction& transaction) {
      transaction.exec(sql);
      return absl::OkStatus();
    };
  }

  TestDatabase database_{Schema::kEmpty};
  db::ConnectionOptions options_;
};

TEST_F(ConnectionTest, CommitsOnOkAndRollsBackOtherwise) {
  const auto connection = *db::Connection::Open(options_);
  ASSERT_TRUE(connection->Transact(Exec("CREATE TABLE public.t (i int CHECK (i > 0))")).ok());
  ASSERT_TRUE(connection->Transact(Exec("INSERT INTO public.t VALUES (1)")).ok());
  const absl::Status status = connection->Transact([](db::Transaction& transaction) {
    transaction.exec("INSERT INTO public.t VALUES (2)");
    return absl::NotFoundError("changed its mind");
  });
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_EQ(database_.Exec("SELECT sum(i) FROM public.t"), "1");
}

TEST_F(ConnectionTest, TurnsExceptionsIntoStatusWithoutRows) {
  const auto connection = *db::Connection::Open(options_);
  ASSERT_TRUE(connection->Transact(Exec("CREATE TABLE public.t (i int CHECK (i <> 77))")).ok());
  const absl::Status check = connection->Transact(Exec("INSERT INTO public.t VALUES (77)"));
  EXPECT_TRUE(absl::IsInvalidArgument(check)) << check;
  EXPECT_THAT(std::string(check.message()), StartsWith("23514: new row"));
  EXPECT_THAT(std::string(check.message()), Not(HasSubstr("77")));
  EXPECT_TRUE(absl::IsInternal(connection->Transact(Exec("SELEC"))));
  EXPECT_TRUE(absl::IsInternal(connection->Transact([](db::Transaction& t) {
    t.exec1("SELECT 1 WHERE false");
    return absl::OkStatus();
  })));
  EXPECT_TRUE(connection->Transact(Exec("SELECT 1")).ok()) << "still usable";
}

TEST_F(ConnectionTest, OurSettingsWinOverTheRolesAndTheDatabases) {
  database_.Exec("ALTER ROLE affidavit_owner IN DATABASE " + database_.Exec("SELECT current_database()") +
                 " SET synchronous_commit = off");
  options_.url += " options='-c statement_timeout=1 -c search_path=public'";
  options_.lock_timeout_ms = 1234;
  const auto connection = db::Connection::Open(options_);
  ASSERT_TRUE(connection.ok()) << connection.status();
  const absl::Status status = (*connection)->Transact([](db::Transaction& transaction) {
    const auto setting = [&](const char* name) {
      return transaction.exec1(std::string("SHOW ") + name)[0].as<std::string>();
    };
    EXPECT_EQ(setting("synchronous_commit"), "on");
    EXPECT_EQ(setting("transaction_isolation"), "read committed");
    EXPECT_EQ(setting("statement_timeout"), "5s");
    EXPECT_EQ(setting("lock_timeout"), "1234ms");
    EXPECT_EQ(setting("idle_in_transaction_session_timeout"), "3s");
    EXPECT_EQ(setting("timezone"), "UTC");
    EXPECT_EQ(setting("search_path"), "pg_catalog");
    EXPECT_EQ(setting("application_name"), "affidavit");
    EXPECT_EQ(setting("client_encoding"), "UTF8");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ConnectionTest, NeverQuotesTheUrl) {
  options_.url = "password=secret nonsense secret";
  const absl::Status status = db::Connection::Open(options_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
}

TEST_F(ConnectionTest, ALostConnectionIsUnavailableAndALostCommitUnknown) {
  SocketGate gate(options_.url);
  options_.url = gate.url();
  auto connection = *db::Connection::Open(options_);
  const absl::Status lost = connection->Transact([&](db::Transaction& transaction) {
    gate.CutAll();
    transaction.exec("SELECT 1");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(lost)) << lost;
  EXPECT_FALSE(connection->IsOpen());
  EXPECT_TRUE(absl::IsUnavailable(connection->Transact(Exec("SELECT 1")))) << "it never reconnects by itself";

  connection = *db::Connection::Open(options_);
  const absl::Status unknown = connection->Transact([&](db::Transaction& transaction) {
    transaction.exec("CREATE TABLE public.t ()");
    gate.CutAll();
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsDataLoss(unknown)) << unknown;
}

TEST_F(ConnectionTest, AServerThatDoesNotAnswerIsGivenUp) {
  SocketGate gate(options_.url);
  options_.url = gate.url();
  options_.transaction_timeout_ms = 300;
  const auto connection = *db::Connection::Open(options_);
  gate.SetAtCommit(SocketGate::AtCommit::kStall);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(connection->Transact(Exec("SELECT 'COMMIT'")).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
  EXPECT_FALSE(connection->IsOpen());
}

TEST_F(ConnectionTest, ThePoolLendsNoMoreThanItHas) {
  db::ConnectionPool pool(options_, 2);
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> inside{0};
  std::vector<std::thread> borrowers;
  for (int i = 0; i < 2; ++i) {
    borrowers.emplace_back([&] {
      EXPECT_TRUE(pool.Transact([&](db::Transaction&) {
                        ++inside;
                        released.wait();
                        return absl::OkStatus();
                      })
                      .ok());
    });
  }
  while (inside < 2) {
    std::this_thread::yield();
  }
  const absl::Status busy = pool.Transact(Exec("SELECT 1"), std::chrono::milliseconds(20));
  EXPECT_TRUE(absl::IsUnavailable(busy)) << busy;
  release.set_value();
  for (std::thread& borrower : borrowers) {
    borrower.join();
  }
  EXPECT_TRUE(pool.Transact(Exec("SELECT 1"), std::chrono::milliseconds(20)).ok());
  EXPECT_EQ(database_.Exec("SELECT count(*) FROM pg_stat_activity WHERE usename = 'affidavit_owner' "
                           "AND datname = current_database()"),
            "2");
}

TEST_F(ConnectionTest, ThePoolReplacesWhatBrokeWhileIdle) {
  db::ConnectionPool pool(options_, 1);
  ASSERT_TRUE(pool.Transact(Exec("SELECT 1")).ok());
  Terminate();
  EXPECT_TRUE(pool.Transact(Exec("SELECT 1")).ok());
}

TEST_F(ConnectionTest, ThePoolNeverRunsTwiceWhatMayHaveBeenCommitted) {
  SocketGate gate(options_.url);
  options_.url = gate.url();
  db::ConnectionPool pool(options_, 1);
  ASSERT_TRUE(pool.Transact(Exec("CREATE TABLE public.t (i int)")).ok());
  int run_count = 0;
  const absl::Status unknown = pool.Transact([&](db::Transaction& transaction) {
    ++run_count;
    transaction.exec("INSERT INTO public.t VALUES (1)");
    gate.CutAll();
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsDataLoss(unknown)) << unknown;
  EXPECT_EQ(run_count, 1);
  EXPECT_TRUE(pool.Transact(Exec("SELECT 1")).ok());
}

TEST_F(ConnectionTest, ThePoolRecoversFromAServerThatWasOutOfReach) {
  options_.url = "host=/nonexistent";
  db::ConnectionPool pool(options_, 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(absl::IsUnavailable(pool.Transact(Exec("SELECT 1"), std::chrono::milliseconds(20))));
  }
}

}  // namespace
}  // namespace affidavit::testing
