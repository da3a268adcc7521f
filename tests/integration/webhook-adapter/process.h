// A child process whose log lines a test can wait for. Killed when it goes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace affidavit::adapter {

class Process {
 public:
  // `arguments[0]` is the program. Its environment is this process's own with `environment` ("NAME=value") added.
  explicit Process(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The first line of its output, not handed out before, that holds `text`; empty when it ends, or ten seconds pass,
  // without one.
  std::string WaitForLine(const std::string& text);

  void Signal(int number) const;

  // Its exit code; -1 when a signal, or this call after twenty seconds, ended it.
  int Wait();

 private:
  pid_t pid_ = -1;
  int output_ = -1;  // stdout and stderr
  std::string buffer_;
};

// The value of a member of a JSON log line, without its quotes; empty when there is none.
std::string LogMember(const std::string& line, const std::string& name);

}  // namespace affidavit::adapter
