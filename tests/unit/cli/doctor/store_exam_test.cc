// The attack on a store in memory that keeps what S3 promises, or breaks one promise at a time.
#include "cli/doctor/store_exam.h"

#include <map>
#include <set>
#include <utility>

#include "gtest/gtest.h"
#include "tests/unit/cli/doctor/lines.h"

namespace affidavit::cli::doctor {
namespace {

using objectstore::ObjectInfo;
using objectstore::PutRequest;

enum class Broken {
  kDelete,           // deletes what is locked
  kShorten,          // shortens a lock
  kGovernance,       // takes GOVERNANCE for COMPLIANCE
  kBypass,           // does either, where the bypass header is sent
  kOverwrite,        // replaces the version
  kOtherBytes,       // gives back other bytes
  kSilentNoLock,     // takes the lock's headers, and keeps no lock
  kNotReadable,      // these credentials may not read
  kNoDelete,         // these credentials may not delete anything
  kNothingUnlocked,  // a policy that demands a lock of each object
  kUnreachable,
  kNoBucketRights,  // may not see the bucket's settings
};

// One key's versions in memory.
class BreakableStore final : public objectstore::ObjectStore {
 public:
  explicit BreakableStore(std::set<Broken> broken = {}) : broken_(std::move(broken)) {}

  bool Is(Broken broken) const { return broken_.contains(broken); }

  absl::StatusOr<objectstore::PutResult> Put(const PutRequest& request) override {
    if (Is(Broken::kNothingUnlocked) && !request.retain_until) {
      return Denied();
    }
    const std::string version = Is(Broken::kOverwrite) ? "v1" : "v" + std::to_string(versions_.size() + 1);
    ObjectInfo info;
    info.key = request.key;
    info.version_id = version;
    if (request.retain_until && !Is(Broken::kSilentNoLock)) {
      info.retain_until = request.retain_until;
      info.lock_mode = "COMPLIANCE";
    }
    versions_[version] = {info, Is(Broken::kOtherBytes) ? "other" : std::string(request.body)};
    return objectstore::PutResult{version, {}};
  }
  absl::StatusOr<ObjectInfo> Head(std::string_view key, std::string_view version) override {
    const auto object = Get(key, version);
    if (!object.ok()) {
      return object.status();
    }
    return object->info;
  }
  absl::StatusOr<objectstore::Object> Get(std::string_view, std::string_view version) override {
    const auto found = versions_.find(std::string(version));
    if (Is(Broken::kNotReadable)) {
      return Denied();
    }
    if (found == versions_.end()) {
      return absl::NotFoundError("no such version");
    }
    return found->second;
  }
  absl::Status ExtendRetention(std::string_view, std::string_view, TimePoint) override { return Denied(); }
  absl::Status SetLegalHold(std::string_view, std::string_view, bool) override { return Denied(); }
  absl::Status Delete(std::string_view, std::string_view version) override {
    if (Is(Broken::kNoDelete)) {
      return Denied();
    }
    if (version.empty()) {
      return absl::OkStatus();  // a delete marker
    }
    const auto found = versions_.find(std::string(version));
    if (found != versions_.end() && found->second.info.retain_until && !Is(Broken::kDelete)) {
      return Denied();
    }
    versions_.erase(std::string(version));
    return absl::OkStatus();
  }
  absl::StatusOr<objectstore::VersionPage> ListVersions(std::string_view, std::string_view, int) override {
    return Is(Broken::kNotReadable) ? absl::StatusOr<objectstore::VersionPage>(Denied())
                                    : absl::StatusOr<objectstore::VersionPage>(objectstore::VersionPage{});
  }
  absl::StatusOr<objectstore::StoreProperties> Describe() override {
    if (Is(Broken::kUnreachable)) {
      return absl::UnavailableError("no route");
    }
    if (Is(Broken::kNoBucketRights)) {
      return Denied();
    }
    return properties;
  }
  absl::Status Thaw(std::string_view, std::string_view, int) override { return Denied(); }
  std::string Name() const override { return "s3://bucket/"; }

  absl::Status SetRetentionOf(std::string_view mode, TimePoint until, std::string_view version, bool bypass) {
    if ((mode == "GOVERNANCE" && Is(Broken::kGovernance)) || (mode == "COMPLIANCE" && Is(Broken::kShorten)) ||
        (bypass && Is(Broken::kBypass))) {
      ObjectInfo& info = versions_[std::string(version)].info;
      info.lock_mode = mode;
      info.retain_until = until;
      return absl::OkStatus();
    }
    return Denied();
  }

  objectstore::StoreProperties properties{
      .object_lock = true, .versioning = true, .default_retention = "", .is_worm = true, .store_time = {}};

 private:
  static absl::Status Denied() { return absl::PermissionDeniedError("403 AccessDenied"); }

  const std::set<Broken> broken_;
  std::map<std::string, objectstore::Object> versions_;
};

Diagnoses Examine(BreakableStore& attacker, BreakableStore* mirror = nullptr, bool write_only = false) {
  const StoreUnderTest stores{
      .mirror = mirror != nullptr ? mirror : &attacker,
      .attacker = &attacker,
      .set_retention = [&](std::string_view, std::string_view version, std::string_view mode, TimePoint until,
                           bool bypass) { return attacker.SetRetentionOf(mode, until, version, bypass); },
      .delete_bypassing =
          [&](std::string_view key, std::string_view version) {
            return attacker.Is(Broken::kBypass) ? absl::OkStatus() : attacker.Delete(key, version);
          },
      .is_directory = false,
      .mirror_is_write_only = write_only};
  Diagnoses diagnoses;
  ExamineStore(stores, SystemClock(), diagnoses);
  return diagnoses;
}

Diagnoses ExamineBroken(std::set<Broken> broken, bool write_only = false) {
  BreakableStore store(std::move(broken));
  store.properties.store_time = SystemClock().WallNow();
  return Examine(store, nullptr, write_only);
}

TEST(ExamineStore, FindsNothingWhereEveryPromiseIsKept) {
  const Diagnoses diagnoses = ExamineBroken({});
  EXPECT_EQ(NotGood(diagnoses), "");
  for (const char* check : {"store.reach", "store.lock", "store.versioning", "store.default_retention", "store.clock",
                            "store.canary", "store.overwrite", "store.role_read", "store.delete", "store.delete_bypass",
                            "store.shorten", "store.shorten_bypass", "store.governance", "store.governance_bypass",
                            "store.survived", "store.still_locked", "store.control"}) {
    EXPECT_EQ(VerdictOf(diagnoses, check), "good") << check;
  }
}

TEST(ExamineStore, FindsEachBrokenPromise) {
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kDelete}), "store.delete"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kDelete}), "store.survived"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kShorten}), "store.shorten"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kShorten}), "store.still_locked"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kGovernance}), "store.governance"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kGovernance}), "store.still_locked"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kBypass}), "store.shorten"), "good");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kBypass}), "store.shorten_bypass"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kBypass}), "store.governance_bypass"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kBypass}), "store.delete"), "good");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kBypass}), "store.delete_bypass"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kOverwrite}), "store.overwrite"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kOtherBytes}), "store.survived"), "finding");
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kSilentNoLock}), "store.delete"), "finding");
}

TEST(ExamineStore, ARefusalByPolicyIsNotTakenForTheLock) {
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kNoDelete}), "store.control"), "note");
  EXPECT_EQ(ExamineBroken({Broken::kNoDelete}).Code(), ExitCode::kGood);
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kNothingUnlocked}), "store.control"), "note");
  EXPECT_EQ(ExamineBroken({Broken::kNothingUnlocked}).Code(), ExitCode::kGood);
}

TEST(ExamineStore, AWriteOnlyMirrorMayNeitherReadNorDelete) {
  BreakableStore admin, mirror({Broken::kNotReadable, Broken::kNoDelete});
  const Diagnoses good = Examine(admin, &mirror, /*write_only=*/true);
  EXPECT_EQ(good.Code(), ExitCode::kGood) << NotGood(good);
  for (const char* check :
       {"store.role_read", "store.role_head", "store.role_list", "store.role_hide", "store.role_delete"}) {
    EXPECT_EQ(VerdictOf(good, check), "good") << check;
    EXPECT_EQ(VerdictOf(ExamineBroken({}, /*write_only=*/true), check), "finding") << check;
  }
  // Nobody stronger at hand: it says what was not put to the test.
  const Diagnoses alone = ExamineBroken({Broken::kNotReadable, Broken::kNoDelete}, /*write_only=*/true);
  EXPECT_EQ(alone.Code(), ExitCode::kGood) << NotGood(alone);
  EXPECT_EQ(VerdictOf(alone, "store.survived"), "note");
  EXPECT_EQ(VerdictOf(alone, "store.control"), "note");
}

TEST(ExamineStore, AMirrorThatWantsToLookMayRead) {
  EXPECT_EQ(VerdictOf(ExamineBroken({Broken::kNotReadable}), "store.role_read"), "finding");
}

TEST(ExamineStore, AStoreThatDoesNotAnswerIsAskedOnce) {
  const Diagnoses diagnoses = ExamineBroken({Broken::kUnreachable});
  EXPECT_EQ(diagnoses.lines().size(), 1U);
  EXPECT_EQ(diagnoses.Code(), ExitCode::kUnreachable);
}

TEST(ExamineStore, WhoMayNotSeeTheBucketsSettingsStillAttacks) {
  const Diagnoses diagnoses = ExamineBroken({Broken::kNoBucketRights});
  EXPECT_EQ(VerdictOf(diagnoses, "store.lock"), "note");
  EXPECT_EQ(VerdictOf(diagnoses, "store.delete"), "good");
}

TEST(JudgeStore, FindsWhatTheBucketLacks) {
  BreakableStore store;
  StoreUnderTest stores{.mirror = &store, .attacker = &store, .set_retention = {}, .delete_bypassing = {}};
  const TimePoint now = SystemClock().WallNow();
  Diagnoses lacking;
  JudgeStore({.default_retention = "COMPLIANCE 365 days", .store_time = now + std::chrono::minutes(1)}, stores, now,
             lacking);
  for (const char* check : {"store.lock", "store.versioning", "store.default_retention", "store.clock"}) {
    EXPECT_EQ(VerdictOf(lacking, check), "finding") << check;
  }
  EXPECT_NE(NotGood(lacking).find("60 s ahead of"), std::string::npos);

  stores.is_directory = true;
  Diagnoses directory;
  JudgeStore({.object_lock = true, .versioning = true, .store_time = now}, stores, now, directory);
  EXPECT_EQ(VerdictOf(directory, "store.worm"), "finding");
  EXPECT_NE(NotGood(directory).find("is not WORM"), std::string::npos);
}

}  // namespace
}  // namespace affidavit::cli::doctor
