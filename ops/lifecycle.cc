#include "ops/lifecycle.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace affidavit::ops {
namespace {

sigset_t Handled() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

timespec ToTimespec(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {.tv_sec = static_cast<time_t>(seconds.count()), .tv_nsec = static_cast<long>((duration - seconds).count())};
}

}  // namespace

void BlockSignals() {
  const sigset_t set = Handled();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of that write, not the end of the process
}

Signal WaitForSignal(std::chrono::milliseconds timeout) {
  const sigset_t set = Handled();
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    const std::chrono::nanoseconds left = deadline - std::chrono::steady_clock::now();
    const timespec wait = ToTimespec(std::max(left, std::chrono::nanoseconds(0)));
    const int signal_number = sigtimedwait(&set, nullptr, &wait);
    if (signal_number == SIGHUP) {
      return Signal::kReload;
    }
    if (signal_number == SIGTERM || signal_number == SIGINT) {
      return Signal::kStop;
    }
    if (errno != EINTR) {  // EINTR: a debugger or a stop and continue; the rest of the wait goes on
      return Signal::kNone;
    }
  }
}

}  // namespace affidavit::ops
