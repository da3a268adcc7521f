#include "services/mirror/task_threads.h"

namespace affidavit::mirror {

TaskThreads::TaskThreads(int thread_count) {
  for (int i = 0; i < thread_count; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

TaskThreads::~TaskThreads() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void TaskThreads::Run(size_t count, const std::function<void(size_t)>& step) {
  std::unique_lock lock(mutex_);
  step_ = &step;
  next_ = 0;
  count_ = count;
  changed_.notify_all();
  changed_.wait(lock, [this] { return next_ == count_ && running_count_ == 0; });
  count_ = 0;
  next_ = 0;
}

void TaskThreads::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || next_ < count_; });
    if (stop_) {
      return;
    }
    const size_t index = next_++;
    ++running_count_;
    const std::function<void(size_t)>& step = *step_;
    lock.unlock();
    step(index);
    lock.lock();
    if (--running_count_ == 0 && next_ == count_) {
      changed_.notify_all();
    }
  }
}

}  // namespace affidavit::mirror
