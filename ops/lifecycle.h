// SIGTERM, SIGINT and SIGHUP as values, so that main can wait for them and no handler does work.
#pragma once

#include <chrono>

namespace affidavit::ops {

// Call first in main, before any thread: blocks the three signals in every thread to come, and ignores SIGPIPE.
void BlockSignals();

enum class Signal { kNone, kStop, kReload };

// Waits for SIGTERM or SIGINT (kStop) or SIGHUP (kReload); kNone after `timeout`.
Signal WaitForSignal(std::chrono::milliseconds timeout);

}  // namespace affidavit::ops
