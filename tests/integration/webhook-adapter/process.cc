#include "tests/integration/webhook-adapter/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"

namespace affidavit::adapter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2");
  }
  std::vector<std::string> variables = environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  std::vector<std::string> texts = arguments;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
  const int failed =
      posix_spawn(&pid_, texts[0].c_str(), &actions, nullptr, Pointers(texts).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  output_ = pipe[0];
  if (failed != 0) {
    throw std::runtime_error("cannot run " + texts[0]);
  }
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(output_);
}

std::string Process::WaitForLine(const std::string& text) {
  const auto deadline = steady_clock::now() + seconds(10);
  while (true) {
    for (size_t end = buffer_.find('\n'); end != std::string::npos; end = buffer_.find('\n')) {
      const std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      if (line.find(text) != std::string::npos) {
        return line;
      }
    }
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    pollfd ready{.fd = output_, .events = POLLIN, .revents = 0};
    std::array<char, 4096> bytes;
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
      return {};
    }
    const ssize_t size = ::read(output_, bytes.data(), bytes.size());
    if (size <= 0) {
      return {};
    }
    buffer_.append(bytes.data(), static_cast<size_t>(size));
  }
}

void Process::Signal(int number) const {
  ::kill(pid_, number);
}

int Process::Wait() {
  const auto deadline = steady_clock::now() + seconds(20);
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(pid_, &status, WNOHANG)) == 0 && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  if (ended == 0) {
    return -1;  // the destructor kills it
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string LogMember(const std::string& line, const std::string& name) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(line, error);
  const boost::json::value* member = error || !value.is_object() ? nullptr : value.as_object().if_contains(name);
  if (member == nullptr) {
    return {};
  }
  return member->is_string() ? std::string(member->as_string()) : boost::json::serialize(*member);
}

}  // namespace affidavit::adapter
