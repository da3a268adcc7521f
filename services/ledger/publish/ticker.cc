#include "services/ledger/publish/ticker.h"

#include <utility>

namespace affidavit::ledger {

Ticker::Ticker(std::chrono::milliseconds pause, std::function<void()> tick)
    : pause_(pause), tick_(std::move(tick)), thread_([this] { Run(); }) {}

void Ticker::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Ticker::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_.wait_for(lock, pause_, [this] { return stop_; })) {
    lock.unlock();
    tick_();
    lock.lock();
  }
}

}  // namespace affidavit::ledger
