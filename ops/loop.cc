#include "ops/loop.h"

#include <algorithm>
#include <utility>

namespace affidavit::ops {

using std::chrono::milliseconds;

Loop::Loop(std::function<milliseconds()> step, milliseconds first_pause)
    : step_(std::move(step)), first_pause_(first_pause), thread_([this] { Run(); }) {}

void Loop::RequestStop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
}

void Loop::Stop() {
  RequestStop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Loop::Run() {
  milliseconds pause = first_pause_;
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, pause, [this] { return stop_; })) {
    lock.unlock();
    pause = step_();
    lock.lock();
  }
}

milliseconds Backoff::Next() {
  const milliseconds pause(std::uniform_int_distribution<int64_t>(next_.count() / 2, next_.count())(random_));
  next_ = std::min(2 * next_, max_);
  return pause;
}

}  // namespace affidavit::ops
