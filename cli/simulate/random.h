// Seeded draws that give the same values on every machine: the standard's distributions do not promise that. One
// thread.
#pragma once

#include <cstdint>
#include <random>

namespace affidavit::simulate {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // 0 to bound - 1. REQUIRES: bound > 0. The bias of the remainder does not matter here.
  uint64_t Below(uint64_t bound) { return engine_() % bound; }

  // [0, 1)
  double Unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double Between(double low, double high) { return low + (high - low) * Unit(); }
  bool Chance(double share) { return Unit() < share; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace affidavit::simulate
