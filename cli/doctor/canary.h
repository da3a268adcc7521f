// The object that is planted to be attacked.
#pragma once

#include "cli/doctor/store_exam.h"

namespace affidavit::cli::doctor {

// Plants it and attacks it: delete, shorten, weaken, overwrite, hide; then looks whether it is still what it was. Where
// the mirror is write-only, demands that its credentials neither read nor delete it. `now`: the store's time, at least.
void ExamineCanary(const StoreUnderTest& stores, TimePoint now, Diagnoses& diagnoses);

}  // namespace affidavit::cli::doctor
