// What the timeouts job counts. Thread-safe.
#pragma once

#include <chrono>
#include <string>

namespace affidavit::timeouts {

// A record that was new; empty: of no known channel.
void CountMarked(const std::string& channel);
// Whether adapters hold up what is due, and how long the oldest send that is due and not marked has been so.
void SetHoldup(bool is_held_back, std::chrono::microseconds oldest_due_age);

}  // namespace affidavit::timeouts
