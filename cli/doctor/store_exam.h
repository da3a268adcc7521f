// Tries to break the object store, and demands refusal: plants a canary under "doctor/" with a lock of one day and
// attacks it. Nothing else in the store is touched. What stays behind: the canary until its lock ends, and where
// nothing may be deleted an unlocked version of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cli/doctor/diagnosis.h"
#include "core/base/time.h"
#include "services/objectstore/object_store.h"

namespace affidavit::cli::doctor {

// Sets mode and date as asked, even to something weaker; `bypass` as far as the credentials may.
using SetRetention = std::function<absl::Status(std::string_view key, std::string_view version_id,
                                                std::string_view mode, TimePoint retain_until, bool bypass)>;
using DeleteBypassing = std::function<absl::Status(std::string_view key, std::string_view version_id)>;

struct StoreUnderTest {
  objectstore::ObjectStore* mirror = nullptr;  // with the mirror's credentials
  // With the strongest credentials at hand; often the same store. They plant, attack and look.
  objectstore::ObjectStore* attacker = nullptr;
  // With the attacker's credentials; both empty where there are no modes, and nothing to bypass.
  SetRetention set_retention;
  DeleteBypassing delete_bypassing;
  bool is_directory = false;
  bool mirror_is_write_only = false;  // [mirror] verify_existing = false
};

// The bucket's settings, its clock, and the canary. Asks the store some fifteen times; a store that does not answer is
// asked once.
void ExamineStore(const StoreUnderTest& stores, const Clock& clock, Diagnoses& diagnoses);

// What `properties` promise.
void JudgeStore(const objectstore::StoreProperties& properties, const StoreUnderTest& stores, TimePoint now,
                Diagnoses& diagnoses);

}  // namespace affidavit::cli::doctor
