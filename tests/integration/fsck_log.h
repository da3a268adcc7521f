// A log of 600 entries of every kind that admission makes, signed at 200, 400 and 600, and a superuser who tampers.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/key.h"
#include "core/checkpoint/signer.h"
#include "db/append_store.h"
#include "db/connection.h"
#include "tests/support/test_database.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {

inline constexpr char kFsckOrigin[] = "example.com/log";

class FsckLog : public ::testing::Test {
 protected:
  // Further entries: of the source "genesys", each concerning the message "message-<index % 100>".
  void Append(int count);
  // Signs the log as it is; the note is stored, and returned.
  std::string Publish(const std::string& origin = kFsckOrigin);
  // Runs `statement` past the trigger of `table`, which is as before afterwards.
  void Tamper(const std::string& table, const std::string& statement) const;
  RunResult RunVerb(const std::vector<std::string>& arguments, testing::Role role = testing::Role::kLedger) const;
  RunResult Fsck(std::vector<std::string> more = {}, testing::Role role = testing::Role::kLedger) const;
  // fsck ends with findings, and names this one.
  void ExpectFound(const std::string& sentence, const std::vector<std::string>& more = {}) const;
  void FillLog();

  testing::TestDatabase database_;
  TemporaryFolder folder_;
  const KeyPairText keys_ = *GenerateEd25519Key(kFsckOrigin);

 private:
  const std::unique_ptr<Ed25519Signer> signer_ = *Ed25519Signer::FromSecret(keys_.secret);
  const std::unique_ptr<db::Connection> connection_ = *db::Connection::Open({.url = Url()});
  const std::unique_ptr<db::AppendStore> store_ = MakeStore();
  int appended_count_ = 0;

  std::string Url() const { return database_.url(testing::Role::kLedger); }
  std::unique_ptr<db::AppendStore> MakeStore() const;
};

}  // namespace affidavit::cli
