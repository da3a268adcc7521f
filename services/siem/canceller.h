// Tells whoever waits on a socket that it is time to end. Thread-safe.
#pragma once

#include <atomic>

namespace affidavit::siem {

class Canceller {
 public:
  Canceller();
  ~Canceller();
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;

  void Cancel();
  bool is_cancelled() const { return cancelled_; }
  int descriptor() const { return descriptor_; }  // readable after Cancel

 private:
  std::atomic<bool> cancelled_ = false;
  int descriptor_;
};

}  // namespace affidavit::siem
