// What `affidavit export-log` writes is what `affidavit-verify --log` reads.
#include "tests/integration/fsck_log.h"
#include "tests/unit/cli/verify/test_verify.h"

namespace affidavit::cli {
namespace {

using ::testing::HasSubstr;

class ExportLogTest : public FsckLog {
 protected:
  RunResult Export(const std::string& folder = "log") const {
    return RunVerb({"export-log", "--out", folder_.Path(folder)}, testing::Role::kReader);
  }
  verify::VerifyResult Scan() const {
    return verify::RunVerify({"--log", folder_.Path("log"), "--checkpoint", folder_.Path("log") + "/checkpoint",
                              "--message", "message-0", "--key", keys_.vkey});
  }
};

TEST_F(ExportLogTest, EachSizeIsScannedAndOnlyWhatIsNewIsWritten) {
  int size = 0;
  for (const auto& [next, files, leaves] : {std::tuple{1, 3, "1 leaves concern"},
                                            {255, 3, "3 leaves concern"},
                                            {256, 4, "3 leaves concern"},
                                            {257, 3, "3 leaves concern"},
                                            {600, 6, "6 leaves concern"}}) {
    Append(next - size);
    size = next;
    Publish();
    const RunResult result = Export();
    EXPECT_EQ(result.code, ExitCode::kGood) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("up to " + std::to_string(size) + " entries; " + std::to_string(files)));
    const verify::VerifyResult scan = Scan();
    EXPECT_EQ(scan.code, verify::ExitCode::kVerified) << size << scan.out << scan.err;
    EXPECT_THAT(scan.out, HasSubstr(leaves)) << size;
  }
  EXPECT_THAT(Export().out, HasSubstr("; 1 file"));
}

TEST_F(ExportLogTest, NothingIsExportedThatWasNotSignedOrDoesNotLeadToTheRoot) {
  const RunResult unsigned_log = Export();
  EXPECT_NE(unsigned_log.code, ExitCode::kGood);
  EXPECT_THAT(unsigned_log.err, HasSubstr("no checkpoint has been signed yet"));
  FillLog();
  Tamper("tiles", "UPDATE affidavit.tiles SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1)");
  const RunResult tile = Export();
  EXPECT_EQ(tile.code, ExitCode::kFinding) << tile.out;
  EXPECT_THAT(tile.err, HasSubstr("affidavit fsck"));
}

}  // namespace
}  // namespace affidavit::cli
