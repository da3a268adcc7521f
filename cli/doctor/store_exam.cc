#include "cli/doctor/store_exam.h"

#include "absl/strings/str_cat.h"
#include "cli/doctor/canary.h"
#include "cli/exit_code.h"

namespace affidavit::cli::doctor {
namespace {

using objectstore::StoreProperties;

constexpr std::chrono::seconds kStoreSkewMax{5};
constexpr char kNeedsS3[] =
    "set object_store.kind = \"s3\" with a bucket under Object Lock for evidence that counts; a directory is for demos "
    "and trials";
constexpr char kNewBucket[] =
    "make a bucket with Object Lock (docs/object-store.md) and name it in object_store.bucket; on a bucket that has "
    "none it is switched on by its owner, and old objects get no lock by that";

void JudgeBucket(const StoreProperties& properties, Diagnoses& diagnoses) {
  if (properties.object_lock) {
    diagnoses.Good("store.lock", "Object Lock is on");
  } else {
    diagnoses.Finding("store.lock", "the bucket has no Object Lock: whoever may write can delete", kNewBucket);
  }
  if (properties.versioning) {
    diagnoses.Good("store.versioning", "versioning is on: an overwrite leaves the old version");
  } else {
    diagnoses.Finding("store.versioning", "the bucket keeps no versions: an overwrite destroys what was there",
                      "switch versioning on, or make a bucket with Object Lock, which brings it");
  }
  if (properties.default_retention.empty()) {
    diagnoses.Good("store.default_retention", "the bucket sets no retention of its own");
  } else {
    diagnoses.Finding("store.default_retention",
                      absl::StrCat("the bucket locks everything by default (", properties.default_retention,
                                   "): log/checkpoint and what is replaced with it, too"),
                      "take the default retention off the bucket (PutObjectLockConfiguration without a Rule): each "
                      "object brings its own lock");
  }
}

void JudgeStoreClock(TimePoint store_time, TimePoint now, Diagnoses& diagnoses) {
  const auto skew = std::chrono::duration_cast<std::chrono::seconds>(store_time - now);
  if (std::chrono::abs(skew) <= kStoreSkewMax) {
    diagnoses.Good("store.clock", "the store's clock is within 5 s of this machine's");
    return;
  }
  diagnoses.Finding("store.clock",
                    absl::StrCat("the store's clock is ", std::chrono::abs(skew).count(), " s ",
                                 skew.count() > 0 ? "ahead of" : "behind", " this machine's"),
                    "check the time service of both; signatures fail beyond 15 minutes, and locks end by the store's "
                    "clock");
}

}  // namespace

void JudgeStore(const StoreProperties& properties, const StoreUnderTest& stores, TimePoint now, Diagnoses& diagnoses) {
  if (stores.is_directory) {
    diagnoses.Finding(
        "store.worm",
        absl::StrCat(stores.mirror->Name(), " is not WORM: whoever may write to the disk can delete every copy in it"),
        kNeedsS3);
  } else {
    JudgeBucket(properties, diagnoses);
  }
  if (properties.store_time) {
    JudgeStoreClock(*properties.store_time, now, diagnoses);
  } else {
    diagnoses.Note("store.clock", "the store does not tell its time");
  }
}

void ExamineStore(const StoreUnderTest& stores, const Clock& clock, Diagnoses& diagnoses) {
  const absl::StatusOr<StoreProperties> properties = stores.attacker->Describe();
  if (!properties.ok() && ExitCodeOf(properties.status()) == ExitCode::kUnreachable) {
    diagnoses.Failed("store.reach", absl::StrCat(stores.mirror->Name(), " does not answer"), properties.status(),
                     "check object_store.endpoint and the network; nothing else of the store could be checked");
    return;
  }
  if (properties.ok()) {
    diagnoses.Good("store.reach", absl::StrCat(stores.mirror->Name(), " answers"));
    JudgeStore(*properties, stores, clock.WallNow(), diagnoses);
  } else if (absl::IsPermissionDenied(properties.status())) {
    diagnoses.Note("store.lock",
                   absl::StrCat("these credentials may not see the bucket's settings: ",
                                std::string(properties.status().message())),
                   "run it with --admin-profile, or allow s3:GetBucketVersioning and "
                   "s3:GetBucketObjectLockConfiguration");
  } else {
    diagnoses.Failed("store.reach", stores.mirror->Name(), properties.status(), "check the [object_store] section");
    if (absl::IsNotFound(properties.status())) {
      return;
    }
  }
  TimePoint now = clock.WallNow();
  if (properties.ok() && properties->store_time && *properties->store_time > now) {
    now = *properties->store_time;  // the lock ends by the store's clock
  }
  ExamineCanary(stores, now, diagnoses);
}

}  // namespace affidavit::cli::doctor
