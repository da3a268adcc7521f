#include "ops/security_journal.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace affidavit::ops {

SecurityJournal& SecurityJournal::OfProcess() {
  static SecurityJournal& journal = *new SecurityJournal;
  return journal;
}

void SecurityJournal::Note(std::string_view name, std::span<const LogField> fields) {
  Add({.time = SystemClock().WallNow(), .name = std::string(name), .details = FormatFields(fields)});
}

void SecurityJournal::Add(SecurityNote note) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (notes_.size() >= kNotesMax) {
    ++dropped_count_;
    return;
  }
  notes_.push_back(std::move(note));
}

std::vector<SecurityNote> SecurityJournal::Take(size_t count_max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto end = notes_.begin() + static_cast<std::ptrdiff_t>(std::min(count_max, notes_.size()));
  std::vector<SecurityNote> taken(std::make_move_iterator(notes_.begin()), std::make_move_iterator(end));
  notes_.erase(notes_.begin(), end);
  if (notes_.empty() && dropped_count_ > 0 && taken.size() < count_max) {
    const LogField count("event_count", std::exchange(dropped_count_, 0));
    taken.push_back({.time = SystemClock().WallNow(),
                     .name = "security_events_dropped",
                     .details = FormatFields(std::span<const LogField>(&count, 1))});
  }
  return taken;
}

void SecurityJournal::PutBack(std::vector<SecurityNote> notes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const size_t room = kNotesMax - std::min(kNotesMax, notes_.size());
  if (notes.size() > room) {
    dropped_count_ += static_cast<int64_t>(notes.size() - room);
    notes.resize(room);
  }
  notes_.insert(notes_.begin(), std::make_move_iterator(notes.begin()), std::make_move_iterator(notes.end()));
}

absl::Status SecurityJournal::PassOn(size_t count_max,
                                     const std::function<absl::Status(std::span<const SecurityNote>)>& pass_on) {
  std::vector<SecurityNote> notes = Take(count_max);
  if (notes.empty()) {
    return absl::OkStatus();
  }
  absl::Status status = pass_on(notes);
  while (absl::IsInvalidArgument(status) && !notes.empty()) {
    const absl::Status alone = pass_on(std::span<const SecurityNote>(notes).first(1));
    if (alone.ok() || absl::IsInvalidArgument(alone)) {
      if (!alone.ok()) {
        LogWarning("a security event was refused and dropped", {{"name", notes.front().name}});
      }
      notes.erase(notes.begin());
      status = notes.empty() ? absl::OkStatus() : status;
    } else {
      status = alone;
    }
  }
  if (!status.ok()) {
    PutBack(std::move(notes));
  }
  return status;
}

}  // namespace affidavit::ops
