// `affidavit doctor` against a real Object Lock server.
#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/s3_server.h"
#include "tests/unit/cli/test_run.h"

namespace affidavit::cli {
namespace {

using objectstore::S3Store;
using ::testing::HasSubstr;
using testing::S3User;
using testing::S3Variable;

class DoctorS3Test : public ::testing::Test {
 protected:
  DoctorS3Test() {
    Write("owner", S3Variable("SECRET_KEY"));
    Write("writer", S3Variable("WRITER_SECRET_KEY"));
    Write("credentials", "[keeper]\naws_access_key_id = " + S3Variable("ACCESS_KEY") +
                             "\naws_secret_access_key = " + S3Variable("SECRET_KEY") + "\n");
  }

  void Write(const std::string& name, const std::string& text) const {
    std::filesystem::permissions(folder_.Write(name, text), std::filesystem::perms(0600));
  }

  // s3://BUCKET/ -> BUCKET.
  static std::string BucketOf(const S3Store& store) {
    const std::string name = store.Name().substr(5);
    return name.substr(0, name.find('/'));
  }

  RunResult Doctor(const S3Store& store, S3User user = S3User::kOwner, bool write_only = false,
                   const std::vector<std::string>& more = {}, const std::string& endpoint = "ENDPOINT") const {
    const std::string who = user == S3User::kOwner ? "" : "WRITER_";
    folder_.Write(
        "affidavit.toml",
        "[object_store]\nkind = \"s3\"\nendpoint = \"" + S3Variable(endpoint) + "\"\nregion = \"" +
            S3Variable("REGION") + "\"\nbucket = \"" + BucketOf(store) + "\"\npath_style = true\naccess_key_id = \"" +
            S3Variable(who + "ACCESS_KEY") + "\"\nsecret_access_key_file = \"" +
            (user == S3User::kOwner ? "owner" : "writer") + "\"\nca_file = \"" + S3Variable("CA_FILE") +
            "\"\ncredentials_file = \"credentials\"\n[mirror]\nverify_existing = " + (write_only ? "false" : "true") +
            "\n");
    std::vector<std::string> arguments = {"doctor", "--config", folder_.Path("affidavit.toml")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunCli(arguments);
  }

  const TemporaryFolder folder_;
};

TEST_F(DoctorS3Test, PassesWhereObjectLockHolds) {
  const auto store = testing::MakeTestBucket();
  const RunResult result = Doctor(*store);
  EXPECT_EQ(result.code, ExitCode::kGood) << result.out << result.err;
  for (const char* sentence :
       {"Object Lock is on", "deleting a locked version, with the bypass header, is refused",
        "deleting a locked version is refused", "shortening a lock is refused",
        "shortening a lock, with the bypass header, is refused", "turning COMPLIANCE into GOVERNANCE is refused",
        "turning COMPLIANCE into GOVERNANCE, with the bypass header, is refused",
        "the locked version is read as it was", "COMPLIANCE until", "it is the lock that refuses"}) {
    EXPECT_THAT(result.out, HasSubstr(sentence));
  }
  EXPECT_THAT(result.out, HasSubstr("0 findings, 0 unreachable"));
}

TEST_F(DoctorS3Test, LooksAtTheCertificateOfTheStore) {
  const auto store = testing::MakeTestBucket();
  const RunResult result = Doctor(*store, S3User::kOwner, false, {"--only", "certificates"}, "TLS_ENDPOINT");
  EXPECT_THAT(result.out, HasSubstr("certificates.store"));
  EXPECT_THAT(result.out, HasSubstr("is valid until")) << result.err;
}

TEST_F(DoctorS3Test, FailsOnABucketWithoutLockAndVersions) {
  const auto store = testing::MakeTestBucket(/*object_lock=*/false);
  const RunResult result = Doctor(*store);
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("the bucket has no Object Lock"));
  EXPECT_THAT(result.out, HasSubstr("the bucket keeps no versions"));
  EXPECT_THAT(result.out, HasSubstr("no canary could be planted"));
}

TEST_F(DoctorS3Test, FailsOnABucketWithADefaultRetention) {
  const auto store = testing::MakeTestBucket();
  const absl::Status status = store->PutBucketDocument(
      "object-lock",
      "<ObjectLockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ObjectLockEnabled>Enabled"
      "</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>"
      "</ObjectLockConfiguration>");
  ASSERT_TRUE(status.ok()) << status;
  const RunResult result = Doctor(*store);
  EXPECT_EQ(result.code, ExitCode::kFinding);
  EXPECT_THAT(result.out, HasSubstr("the bucket locks everything by default"));
  EXPECT_THAT(result.out, HasSubstr("1 finding, 0 unreachable"));
}

// The writer may put, and by an explicit Deny nothing else: RGW gives an uploader rights on what is its own.
std::string WriterPolicy(const std::string& bucket) {
  const std::string writer = R"("Principal":{"AWS":["arn:aws:iam:::user/writer"]},)";
  const std::string objects = R"("Resource":["arn:aws:s3:::)" + bucket + R"(","arn:aws:s3:::)" + bucket + R"(/*"])";
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)" + writer + R"("Action":["s3:PutObject"],)" +
         objects + R"(},{"Effect":"Deny",)" + writer +
         R"("Action":["s3:GetObject","s3:GetObjectVersion","s3:DeleteObject","s3:DeleteObjectVersion",)"
         R"("s3:ListBucket","s3:ListBucketVersions","s3:PutObjectRetention","s3:GetObjectRetention"],)" +
         objects + "}]}";
}

TEST_F(DoctorS3Test, AWriteOnlyMirrorMayNeitherReadNorDelete) {
  const auto store = testing::MakeTestBucket();
  ASSERT_TRUE(store->PutBucketDocument("policy", WriterPolicy(BucketOf(*store))).ok());
  const RunResult alone = Doctor(*store, S3User::kWriter, /*write_only=*/true);
  EXPECT_EQ(alone.code, ExitCode::kGood) << alone.out << alone.err;
  EXPECT_THAT(alone.out, HasSubstr("reading by the write-only mirror is refused"));
  EXPECT_THAT(alone.out, HasSubstr("deleting an unlocked version by the write-only mirror is refused"));
  EXPECT_THAT(alone.out, HasSubstr("the lock was not put to the test"));

  const RunResult with_admin = Doctor(*store, S3User::kWriter, true, {"--admin-profile", "keeper"});
  EXPECT_EQ(with_admin.code, ExitCode::kGood) << with_admin.out << with_admin.err;
  EXPECT_THAT(with_admin.out, HasSubstr("reading by the write-only mirror is refused"));
  EXPECT_THAT(with_admin.out, HasSubstr("it is the lock that refuses"));

  const RunResult owner = Doctor(*store, S3User::kOwner, /*write_only=*/true);
  EXPECT_EQ(owner.code, ExitCode::kFinding);
  EXPECT_THAT(owner.out, HasSubstr("reading by the write-only mirror was not refused"));
  EXPECT_THAT(owner.out, HasSubstr("deleting an unlocked version by the write-only mirror was not refused"));
}

TEST_F(DoctorS3Test, AStoreThatIsNotThereIsUnreachable) {
  folder_.Write("affidavit.toml",
                "[object_store]\nkind = \"s3\"\nendpoint = \"http://127.0.0.1:1\"\nbucket = \"b\"\npath_style = true\n"
                "access_key_id = \"a\"\nsecret_access_key_file = \"owner\"\n");
  const RunResult result =
      RunCli({"doctor", "--config", folder_.Path("affidavit.toml"), "--only", "store", "--timeout", "0.5"});
  EXPECT_EQ(result.code, ExitCode::kUnreachable) << result.out << result.err;
}

}  // namespace
}  // namespace affidavit::cli
