// How long what is kept. Calendar years and UTC; periods are only ever lengthened. Pure, thread-safe.
#pragma once

#include "core/base/time.h"

namespace affidavit {

inline constexpr int kRetentionYearsDefault = 7;
inline constexpr int kExcludedRetentionDaysDefault = 90;

// The same day and time `years` later; 29 February becomes 28 February where the target year has none (as Postgres'
// interval arithmetic does). The result saturates at the end of year 9999. REQUIRES: IsRepresentable(time), 0 <= years
// <= 9999.
TimePoint AddYears(TimePoint time, int years);

// Exactly `days` times 24 hours later, saturating likewise. REQUIRES: IsRepresentable(time), days >= 0.
TimePoint AddDays(TimePoint time, int days);

}  // namespace affidavit
