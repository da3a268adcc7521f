#include "cli/doctor/canary.h"

#include <chrono>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/encoding.h"

namespace affidavit::cli::doctor {
namespace {

using objectstore::ObjectStore;
using objectstore::PutRequest;

constexpr char kNotWorm[] =
    "do not trust this store with evidence: it does not enforce Object Lock in COMPLIANCE mode; docs/runbook.md, "
    "\"affidavit doctor\"";
constexpr char kNarrowRole[] =
    "give the mirror the policy deploy/s3 has for a write-only role, or set mirror.verify_existing = true";

struct CanaryVersions {
  std::string key;
  std::string body;
  TimePoint retain_until;
  std::string locked;       // version ids
  std::string overwriting;  // empty: the overwrite was refused
};

std::string NewCanaryKey(TimePoint now) {
  std::random_device random;
  const uint64_t number = (static_cast<uint64_t>(random()) << 32) | random();
  const std::string day = FormatRfc3339(now).substr(0, 10);
  return absl::StrCat("doctor/", day, "/", absl::Hex(number, absl::kZeroPad16));
}

PutRequest CanaryPut(const std::string& key, const std::string& body, std::optional<TimePoint> retain_until) {
  PutRequest request;
  request.key = key;
  request.body = body;
  request.sha256 = Sha256(body);
  request.retain_until = retain_until;
  request.content_type = "text/plain";
  return request;
}

// One canary and what is demanded of the store that holds it.
class CanaryTrial {
 public:
  CanaryTrial(const StoreUnderTest& stores, TimePoint now, Diagnoses& diagnoses)
      : stores_(stores), attacker_(*stores.attacker), now_(now), diagnoses_(diagnoses) {}

  void Run() {
    if (!Plant()) {
      return;
    }
    Overwrite();
    if (stores_.mirror_is_write_only) {
      ExamineWriteOnlyRole();
    } else {
      ExamineReadingRole();
    }
    AttackLock();
    Hide();
    LookAgain();
    Control();
  }

 private:
  bool Plant();
  void Overwrite();
  void ExamineReadingRole();
  void ExamineWriteOnlyRole();
  void AttackLock();
  void AttackRetention(const char* check, const char* what, std::string_view mode, TimePoint until, bool bypass);
  void Hide();
  void LookAgain();
  void Control();
  void DemandRefusal(const char* check, const std::string& what, const absl::Status& status, const char* advice);

  const StoreUnderTest& stores_;
  ObjectStore& attacker_;
  const TimePoint now_;
  Diagnoses& diagnoses_;
  CanaryVersions canary_;
};

void CanaryTrial::DemandRefusal(const char* check, const std::string& what, const absl::Status& status,
                                const char* advice) {
  if (status.ok()) {
    diagnoses_.Finding(check, absl::StrCat(what, " was not refused"), advice);
  } else if (absl::IsPermissionDenied(status)) {
    diagnoses_.Good(check, absl::StrCat(what, " is refused"));
  } else {
    diagnoses_.Failed(check, absl::StrCat(what, " was neither refused nor done"), status,
                      "run it again; whether the canary was harmed says store.canary");
  }
}

bool CanaryTrial::Plant() {
  canary_.key = NewCanaryKey(now_);
  canary_.body =
      absl::StrCat("Planted by affidavit doctor at ", FormatRfc3339(now_), ". It may go when its lock ends.\n");
  canary_.retain_until = std::chrono::ceil<std::chrono::seconds>(now_ + std::chrono::days(1));
  const auto put = attacker_.Put(CanaryPut(canary_.key, canary_.body, canary_.retain_until));
  if (!put.ok()) {
    diagnoses_.Failed("store.canary", "no canary could be planted, so no attack was tried", put.status(),
                      "the mirror needs Object Lock on the bucket, credentials that are right, s3:PutObject and "
                      "s3:PutObjectRetention");
    return false;
  }
  canary_.locked = put->version_id;
  diagnoses_.Good("store.canary", absl::StrCat("planted ", canary_.key, " with a lock of one day"));
  return true;
}

// Without a lock, so that it can be deleted again: that is the control experiment, too.
void CanaryTrial::Overwrite() {
  const std::string other = "Overwritten by affidavit doctor.\n";
  auto put = attacker_.Put(CanaryPut(canary_.key, other, std::nullopt));
  if (absl::IsPermissionDenied(put.status())) {  // some policies demand a lock of every object
    put = attacker_.Put(CanaryPut(canary_.key, other, canary_.retain_until));
  }
  if (put.ok() && put->version_id == canary_.locked) {
    diagnoses_.Finding("store.overwrite", "an overwrite replaced the locked version", kNotWorm);
  } else if (put.ok()) {
    canary_.overwriting = put->version_id;
    diagnoses_.Good("store.overwrite", "an overwrite makes a version of its own");
  } else if (absl::IsPermissionDenied(put.status()) || absl::IsAlreadyExists(put.status())) {
    diagnoses_.Good("store.overwrite", "an overwrite is refused");
  } else {
    diagnoses_.Failed("store.overwrite", "an overwrite could not be tried", put.status(), "run it again");
  }
}

void CanaryTrial::ExamineReadingRole() {
  const auto head = stores_.mirror->Head(canary_.key, canary_.locked);
  if (head.ok()) {
    diagnoses_.Good("store.role_read", "the mirror may look before it repeats a copy, as mirror.verify_existing wants");
  } else if (absl::IsPermissionDenied(head.status())) {
    diagnoses_.Finding("store.role_read", "mirror.verify_existing is true, and the mirror's credentials may not read",
                       "set mirror.verify_existing = false, or allow s3:GetObject and s3:GetObjectVersion");
  } else {
    diagnoses_.Failed("store.role_read", "the mirror could not look at the canary", head.status(), "run it again");
  }
}

void CanaryTrial::ExamineWriteOnlyRole() {
  const std::string who = "by the write-only mirror";
  ObjectStore& mirror = *stores_.mirror;
  DemandRefusal("store.role_read", absl::StrCat("reading ", who), mirror.Get(canary_.key, canary_.locked).status(),
                kNarrowRole);
  DemandRefusal("store.role_head", absl::StrCat("looking at metadata ", who),
                mirror.Head(canary_.key, canary_.locked).status(), kNarrowRole);
  DemandRefusal("store.role_list", absl::StrCat("listing ", who), mirror.ListVersions("doctor/", "", 1).status(),
                kNarrowRole);
  DemandRefusal("store.role_hide", absl::StrCat("hiding an object under a delete marker ", who),
                mirror.Delete(canary_.key, ""), kNarrowRole);
  if (canary_.overwriting.empty()) {
    return;
  }
  const absl::Status deleted = mirror.Delete(canary_.key, canary_.overwriting);
  DemandRefusal("store.role_delete", absl::StrCat("deleting an unlocked version ", who), deleted, kNarrowRole);
  if (deleted.ok()) {
    canary_.overwriting.clear();
  }
}

void CanaryTrial::AttackRetention(const char* check, const char* what, std::string_view mode, TimePoint until,
                                  bool bypass) {
  DemandRefusal(check, absl::StrCat(what, bypass ? ", with the bypass header," : ""),
                stores_.set_retention(canary_.key, canary_.locked, mode, until, bypass), kNotWorm);
}

void CanaryTrial::AttackLock() {
  DemandRefusal("store.delete", "deleting a locked version", attacker_.Delete(canary_.key, canary_.locked), kNotWorm);
  const TimePoint earlier = canary_.retain_until - std::chrono::hours(12);
  if (!stores_.set_retention) {
    DemandRefusal("store.shorten", "shortening a lock", attacker_.ExtendRetention(canary_.key, canary_.locked, earlier),
                  kNotWorm);
    return;
  }
  DemandRefusal("store.delete_bypass", "deleting a locked version, with the bypass header,",
                stores_.delete_bypassing(canary_.key, canary_.locked), kNotWorm);
  AttackRetention("store.shorten", "shortening a lock", "COMPLIANCE", earlier, false);
  AttackRetention("store.shorten_bypass", "shortening a lock", "COMPLIANCE", earlier, true);
  AttackRetention("store.governance", "turning COMPLIANCE into GOVERNANCE", "GOVERNANCE", canary_.retain_until, false);
  AttackRetention("store.governance_bypass", "turning COMPLIANCE into GOVERNANCE", "GOVERNANCE", canary_.retain_until,
                  true);
}

void CanaryTrial::Hide() {
  // A delete marker hides the key and destroys nothing: allowed to happen, as the look at the version will tell.
  const absl::Status status = attacker_.Delete(canary_.key, "");
  if (status.ok() || absl::IsPermissionDenied(status)) {
    return;
  }
  diagnoses_.Failed("store.hide", "a delete without a version could not be tried", status, "run it again");
}

void CanaryTrial::LookAgain() {
  const auto object = attacker_.Get(canary_.key, canary_.locked);
  if (absl::IsPermissionDenied(object.status())) {
    diagnoses_.Note("store.survived", "these credentials may not read: whether the canary survived was not seen",
                    "run it with --admin-profile");
    return;
  }
  if (!object.ok()) {
    diagnoses_.Failed("store.survived", "after overwrite and delete the locked version cannot be read", object.status(),
                      kNotWorm);
    return;
  }
  if (object->body != canary_.body) {
    diagnoses_.Finding("store.survived", "after the attacks the locked version holds other bytes", kNotWorm);
    return;
  }
  diagnoses_.Good("store.survived", canary_.overwriting.empty()
                                        ? "after the attacks the locked version is read as it was"
                                        : "after overwrite and delete the locked version is read as it was");
  const auto head = attacker_.Head(canary_.key, canary_.locked);
  if (!head.ok()) {
    diagnoses_.Failed("store.still_locked", "the lock cannot be read", head.status(), "run it again");
  } else if (head->lock_mode.empty() && !head->retain_until) {
    diagnoses_.Note("store.still_locked", "the store does not show the lock to these credentials",
                    "allow s3:GetObjectRetention, or run it with --admin-profile");
  } else if (head->lock_mode != "COMPLIANCE" || !head->retain_until || *head->retain_until < canary_.retain_until) {
    diagnoses_.Finding("store.still_locked",
                       absl::StrCat("the canary's lock is not what was asked for: ", head->lock_mode, " until ",
                                    head->retain_until ? FormatRfc3339(*head->retain_until) : "no date"),
                       kNotWorm);
  } else {
    diagnoses_.Good("store.still_locked", absl::StrCat("COMPLIANCE until ", FormatRfc3339(*head->retain_until)));
  }
}

// Refusals prove the lock only where these credentials could have deleted something that has none.
void CanaryTrial::Control() {
  if (canary_.overwriting.empty()) {
    return;
  }
  const absl::Status status = attacker_.Delete(canary_.key, canary_.overwriting);
  if (status.ok()) {
    diagnoses_.Good("store.control", "an unlocked version could be deleted: it is the lock that refuses");
  } else {
    diagnoses_.Note("store.control",
                    "these credentials may not delete even an unlocked version: it was their policy that refused, and "
                    "the lock was not put to the test",
                    "once, and after changes to the bucket, run it with --admin-profile, as somebody who may delete");
  }
}

}  // namespace

void ExamineCanary(const StoreUnderTest& stores, TimePoint now, Diagnoses& diagnoses) {
  CanaryTrial(stores, now, diagnoses).Run();
}

}  // namespace affidavit::cli::doctor
