// The scan of a copy of the log against omission.
#include "cli/verify/log_verb.h"

#include <filesystem>

#include "boost/json/array.hpp"
#include "boost/json/parse.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/verify/sample_log.h"
#include "tests/unit/cli/verify/test_verify.h"

namespace affidavit::verify {
namespace {

using ::testing::HasSubstr;

class LogVerbTest : public ::testing::Test {
 protected:
  std::string WriteBundle(const ProofBundle& bundle) {
    return folder_.Write("bundle.json", EncodeBundle(bundle).value());
  }
  // Flips the lowest bit of one byte of a file of the copy.
  void Damage(const std::string& name, size_t position) {
    std::string bytes = folder_.Read(name);
    ASSERT_LT(position, bytes.size()) << name;
    bytes[position] = static_cast<char>(bytes[position] ^ 1);
    folder_.Write(name, bytes);
  }
  VerifyResult Scan(const std::vector<std::string>& more = {"--message", kSampleMessage}) {
    std::vector<std::string> arguments = {"--log", copy_, "--key", log_.vkey()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunVerify(arguments);
  }
  void ExpectNotVerified(const VerifyResult& result, const std::string& why) {
    EXPECT_EQ(result.code, ExitCode::kNotVerified) << result.out << result.err;
    EXPECT_THAT(result.Verdict(), HasSubstr(why));
  }

  SampleLog log_ = SampleLog::WithMessage(700);  // two full bundles and a partial one
  const cli::TemporaryFolder folder_;
  const std::string copy_ = log_.WriteCopy(folder_, "copy", 700);
};

TEST_F(LogVerbTest, ListsEveryLeafOfTheMessage) {
  const VerifyResult result = Scan();
  EXPECT_EQ(result.code, ExitCode::kVerified) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("its 700 leaves make the root hash"));
  EXPECT_THAT(result.out, HasSubstr("4 tiles of the copy agree"));
  EXPECT_THAT(result.out, HasSubstr("2 leaves concern the message"));
  EXPECT_THAT(result.out, HasSubstr("  leaf 1: envelope message:send of source genesys, received "
                                    "2026-11-24T03:47:30.250000Z, event evt-send\n"));
  EXPECT_THAT(result.out, HasSubstr("  leaf 4: envelope message:delivery"));
}

TEST_F(LogVerbTest, SaysSoWhenThereIsNone) {
  const VerifyResult none = Scan({"--message", "msg-unheard-of"});
  EXPECT_EQ(none.code, ExitCode::kVerified);
  EXPECT_THAT(none.out, HasSubstr("The log holds nothing about the message."));
  EXPECT_THAT(Scan({"--message", kSampleMessage, "--source", "elsewhere"}).out, HasSubstr("holds nothing"));
  EXPECT_THAT(Scan({"--message", kSampleMessage, "--source", kSampleSource}).out, HasSubstr("2 leaves concern"));
}

TEST_F(LogVerbTest, TellsInJson) {
  const VerifyResult result = Scan({"--output", "json", "--bundle", WriteBundle(log_.Bundle(700, {4}))});
  EXPECT_EQ(result.code, ExitCode::kNotVerified);
  const boost::json::value document = boost::json::parse(result.out);
  EXPECT_EQ(document.at("leaves").at(1).at("leaf_index"), 4);
  EXPECT_EQ(document.at("leaves").at(1).at("event_id"), "evt-delivery");
  EXPECT_EQ(document.at("omitted"), boost::json::value(boost::json::array{4}));
}

TEST_F(LogVerbTest, ABundleThatHoldsAllIsComplete) {
  const VerifyResult result = Scan({WriteBundle(log_.Bundle(500))});  // made before the log went on
  EXPECT_EQ(result.code, ExitCode::kVerified) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("The bundle's checkpoint, of 500 leaves, is of this same log."));
  EXPECT_THAT(result.out, HasSubstr("The bundle leaves nothing out"));
}

TEST_F(LogVerbTest, ABundleThatLeavesOneOutIsFound) {
  const std::string bundle = WriteBundle(log_.Bundle(700, {4}));
  EXPECT_EQ(RunVerify({bundle, "--key", log_.vkey()}).code, ExitCode::kVerified);  // which is why the scan exists
  ExpectNotVerified(Scan({bundle}), "The bundle leaves out what concerns the message: leaf 4.");
}

TEST_F(LogVerbTest, WhatCameAfterTheBundleIsSaid) {
  log_.AppendEvent("evt-read", "message:read");
  log_.WriteCopy(folder_, "copy", 701);
  ExpectNotVerified(Scan({WriteBundle(log_.Bundle(700))}), "has gone on about the message since the bundle was made");
  EXPECT_EQ(Scan({WriteBundle(log_.Bundle(701))}).code, ExitCode::kVerified);
}

TEST_F(LogVerbTest, OtherContentUnderTheSameEventIsShown) {
  log_.AppendEvent("evt-delivery", "message:delivery", "msg-another", EntryKind::kConflict);
  log_.WriteCopy(folder_, "copy", 701);
  const VerifyResult result = Scan({WriteBundle(log_.Bundle(701))});
  EXPECT_EQ(result.code, ExitCode::kVerified) << result.out;
  EXPECT_THAT(result.out, HasSubstr("event evt-delivery (the same event's id with other content"));
}

TEST_F(LogVerbTest, ABundleOfAnotherHistoryIsFound) {
  SampleLog twin = log_;  // the same key signs two histories
  log_.AppendEvent("evt-a", "message:send", "msg-a");
  log_.AppendHeartbeat();
  log_.WriteCopy(folder_, "copy", 702);
  twin.AppendEvent("evt-b", "message:send", "msg-b");
  ExpectNotVerified(Scan({WriteBundle(twin.Bundle(701))}), "speaks for another log");
}

TEST_F(LogVerbTest, ACopyOlderThanTheBundleIsSaid) {
  ProofBundle bundle = log_.Bundle(700);
  const VerifyResult result = Scan({WriteBundle(bundle), "--checkpoint", folder_.Write("old", log_.Checkpoint(600))});
  ExpectNotVerified(result, "take a newer copy");
}

TEST_F(LogVerbTest, AChangedLeafIsFound) {
  Damage("copy/tile/entries/000", 100);
  EXPECT_EQ(Scan().code, ExitCode::kNotVerified);
}

TEST_F(LogVerbTest, AChangedLeafInAPlaceThatStaysReadableIsFoundByTheTree) {
  for (const char* tile : {"copy/tile/0/000", "copy/tile/0/001", "copy/tile/1"}) {
    std::filesystem::remove_all(folder_.Path(tile));
  }
  std::string bytes = folder_.Read("copy/tile/entries/001");
  const size_t id = bytes.find("msg-other-");
  ASSERT_NE(id, std::string::npos);
  bytes[id] = 'n';
  folder_.Write("copy/tile/entries/001", bytes);
  ExpectNotVerified(Scan(), "do not make the root hash");
}

TEST_F(LogVerbTest, AMissingLeafOrTileFileIsFoundOrSaid) {
  std::filesystem::remove_all(folder_.Path("copy/tile/0"));
  const VerifyResult without_tiles = Scan();
  EXPECT_EQ(without_tiles.code, ExitCode::kVerified) << without_tiles.out;
  EXPECT_THAT(without_tiles.out, HasSubstr("3 tiles are not in the copy"));
  std::filesystem::remove(folder_.Path("copy/tile/entries/001"));
  ExpectNotVerified(Scan(), "the copy has no tile/entries/001");
}

TEST_F(LogVerbTest, AChangedTileIsFound) {
  Damage("copy/tile/0/001", 40);
  ExpectNotVerified(Scan(), "tile/0/001 does not hold the hashes that the leaves make");
  Damage("copy/tile/0/001", 40);
  EXPECT_EQ(Scan().code, ExitCode::kVerified);
  Damage("copy/tile/1/000.p/2", 5);
  ExpectNotVerified(Scan(), "tile/1/000.p/2 does not hold");
}

TEST_F(LogVerbTest, ANewerCopyServesAnOlderCheckpoint) {
  const std::string older = folder_.Write("older", log_.Checkpoint(520));
  const VerifyResult result = Scan({"--message", kSampleMessage, "--checkpoint", older});
  EXPECT_EQ(result.code, ExitCode::kVerified) << result.out;
  EXPECT_THAT(result.out, HasSubstr("its 520 leaves make the root hash"));
}

TEST_F(LogVerbTest, ALeafThatCannotBeReadCouldConcernAnything) {
  log_.AppendLeaf(R"({"v":2})", "");
  log_.WriteCopy(folder_, "copy", 701);
  ExpectNotVerified(Scan(), "leaf 700 is no leaf v1");
}

TEST_F(LogVerbTest, TheCheckpointMustBeSigned) {
  EXPECT_EQ(RunVerify({"--log", copy_, "--message", kSampleMessage}).Verdict(),
            "NOT VERIFIED: consistent, signer unknown: give the log's key with --key");
  const SampleLog other("other.example.com");
  const VerifyResult result = RunVerify({"--log", copy_, "--message", kSampleMessage, "--key", other.vkey()});
  EXPECT_EQ(result.code, ExitCode::kNotVerified);
}

TEST_F(LogVerbTest, TheKeyMustSpeakForTheLog) {
  log_.set_origin("ledger.example.com/log/2");
  log_.WriteCopy(folder_, "copy", 700);
  const VerifyResult again = Scan({WriteBundle(log_.Bundle(700))});
  EXPECT_EQ(again.code, ExitCode::kVerified) << again.out;
  EXPECT_THAT(again.out, HasSubstr("This is incarnation 2 of the key's log"));
  log_.set_origin("ledger.example.com/other");
  log_.WriteCopy(folder_, "copy", 700);
  ExpectNotVerified(Scan(), "does not speak for the log ledger.example.com/other");
}

TEST_F(LogVerbTest, WhatIsMissingOnTheCommandLineIsUsage) {
  EXPECT_EQ(Scan({}).code, ExitCode::kUsage);
  EXPECT_EQ(RunVerify({"--log", folder_.Path("missing"), "--message", "x", "--key", log_.vkey()}).code,
            ExitCode::kUsage);
  const std::string bundle = WriteBundle(log_.Bundle(700));
  EXPECT_EQ(Scan({bundle, "--message", "another"}).code, ExitCode::kUsage);
  EXPECT_EQ(Scan({bundle, "--source", "another"}).code, ExitCode::kUsage);
}

TEST_F(LogVerbTest, ACopyOfAnyLogIsCheckedWhateverItsLeavesSay) {
  log_.AppendLeaf("no leaf of ours", "");
  log_.WriteCopy(folder_, "copy", 701);
  const auto check = [&] { return RunVerify({"log", copy_, "--key", log_.vkey()}); };
  EXPECT_EQ(check().code, ExitCode::kVerified) << check().out;
  EXPECT_THAT(check().out, HasSubstr("its 701 leaves make the root hash"));
  EXPECT_EQ(RunVerify({"log", copy_}).code, ExitCode::kNotVerified);
  EXPECT_EQ(RunVerify({"log", copy_, "--key", log_.vkey(), "--origin", "other"}).code, ExitCode::kNotVerified);
  EXPECT_EQ(RunVerify({"log", folder_.Path("missing"), "--key", log_.vkey()}).code, ExitCode::kUsage);
  Damage("copy/tile/entries/001", 100);
  ExpectNotVerified(check(), "cannot be relied on");
}

TEST_F(LogVerbTest, ACopyWithoutEntryBundlesIsCheckedFromItsTiles) {
  std::filesystem::remove_all(folder_.Path("copy/tile/entries"));
  const auto check = [&] { return RunVerify({"log", copy_, "--key", log_.vkey()}); };
  EXPECT_EQ(check().code, ExitCode::kVerified) << check().out;
  EXPECT_THAT(check().out, HasSubstr("The leaves themselves are not looked at"));
  Damage("copy/tile/0/001", 40);
  EXPECT_EQ(check().code, ExitCode::kNotVerified);
  std::filesystem::remove(folder_.Path("copy/tile/0/001"));
  ExpectNotVerified(check(), "the copy has no tile/0/001");
}

TEST(LogScanSizesTest, EverySizeAroundTheTilesScans) {
  const SampleLog log = SampleLog::WithMessage(520);
  for (const uint64_t size : {1, 2, 255, 256, 257, 511, 512, 513, 520}) {
    const cli::TemporaryFolder folder;
    const std::string copy = log.WriteCopy(folder, "copy", size);
    EXPECT_EQ(RunVerify({"--log", copy, "--message", kSampleMessage, "--key", log.vkey()}).code, ExitCode::kVerified)
        << size;
  }
}

}  // namespace
}  // namespace affidavit::verify
