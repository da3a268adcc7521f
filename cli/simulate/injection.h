// What a scenario does to the ledger on purpose, counted so that a test can ask for each in the answer that should
// show it. Pure. Not thread-safe: the sender guards it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "boost/json/object.hpp"

namespace affidavit::simulate {

enum class Injection {
  kSilent,       // a send that nothing else of its message follows
  kDrifting,     // a delivery by a carrier whose clock is over 5 s off the platform's
  kUnconsented,  // a read whose consent is refused, or not there
  kOutOfOrder,   // an event that is posted after a later one of its message
  kShapeDrift,   // an event of version 1.0 with a member that the version has not
};
inline constexpr size_t kInjectionCount = 5;
std::string_view InjectionName(Injection injection);  // "silent", "drifting", "unconsented", "out_of_order", …

class Injections {
 public:
  Injections() = default;
  Injections(std::initializer_list<Injection> injections) {
    for (const Injection injection : injections) {
      Add(injection);
    }
  }
  void Add(Injection injection) { present_[static_cast<size_t>(injection)] = true; }
  bool Has(Injection injection) const { return present_[static_cast<size_t>(injection)]; }

  bool operator==(const Injections&) const = default;

 private:
  std::array<bool, kInjectionCount> present_{};
};

struct Post;

// Of the posts of a run. What is posted again is one more repeat, and nothing else.
class Tally {
 public:
  void Count(const Post& post);

  int64_t count(Injection injection) const { return counts_[static_cast<size_t>(injection)]; }
  int64_t repeats() const { return repeats_; }
  int64_t conflicts() const { return conflicts_; }
  const std::map<std::string, int64_t>& versions() const { return versions_; }  // of the events in scope

  // {"silent", …, "repeats", "conflicts", "versions": {"1.0": …}}
  boost::json::object ToJson() const;
  // One line: "injected: 3 silent, …", without what there was none of; empty when there was nothing at all.
  std::string ToLine() const;

 private:
  std::array<int64_t, kInjectionCount> counts_{};
  int64_t repeats_ = 0, conflicts_ = 0;
  std::map<std::string, int64_t> versions_;
};

}  // namespace affidavit::simulate
