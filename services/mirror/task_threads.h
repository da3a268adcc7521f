// A few threads that share out the steps of one task at a time. Run is called by one thread; the rest is safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace affidavit::mirror {

class TaskThreads {
 public:
  explicit TaskThreads(int thread_count);
  ~TaskThreads();
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  // Calls step(0) … step(count - 1), each once, in any order and side by side; returns when all have returned.
  void Run(size_t count, const std::function<void(size_t)>& step);

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(size_t)>* step_ = nullptr;  // guarded by mutex_
  size_t next_ = 0, count_ = 0, running_count_ = 0;    // guarded by mutex_
  bool stop_ = false;                                  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace affidavit::mirror
