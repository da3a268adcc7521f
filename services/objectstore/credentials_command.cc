#include "services/objectstore/credentials_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/str_cat.h"

extern "C" char** environ;

namespace affidavit::objectstore {
namespace {

using CommandDeadline = std::chrono::steady_clock::time_point;

constexpr size_t kPrintedBytesMax = 64 << 10;

int MillisecondsUntil(CommandDeadline deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

// Everything up to the end of the pipe. False at the deadline or past the size.
bool ReadToEnd(int pipe, CommandDeadline deadline, std::string& text) {
  std::array<char, 4096> buffer;
  while (true) {
    pollfd ready{.fd = pipe, .events = POLLIN, .revents = 0};
    const int polled = ::poll(&ready, 1, MillisecondsUntil(deadline));
    if (polled < 0 && errno == EINTR) {
      continue;
    }
    if (polled <= 0) {
      return false;
    }
    const ssize_t count = ::read(pipe, buffer.data(), buffer.size());
    if (count == 0) {
      return true;
    }
    if (count < 0 || text.size() + static_cast<size_t>(count) > kPrintedBytesMax) {
      return false;
    }
    text.append(buffer.data(), static_cast<size_t>(count));
  }
}

// A process group of its own, with nothing to read, the pipe to print to and errors thrown away. 0 when it cannot be.
pid_t SpawnShell(const std::string& command, int output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A service blocks the signals that end it; its child must not.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  std::string shell = "/bin/sh", flag = "-c", text = command;
  char* arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, "/bin/sh", &files, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error == 0 ? pid : 0;
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

absl::StatusOr<std::string> RunCredentialsCommand(const std::string& command, std::chrono::milliseconds timeout) {
  const CommandDeadline deadline = std::chrono::steady_clock::now() + timeout;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return absl::UnavailableError("credentials_command: no pipe");
  }
  const pid_t pid = SpawnShell(command, ends[1]);
  ::close(ends[1]);
  std::string text;
  const bool is_whole = pid != 0 && ReadToEnd(ends[0], deadline, text);
  ::close(ends[0]);
  if (pid == 0) {
    return absl::UnavailableError("credentials_command: cannot start /bin/sh");
  }
  if (!is_whole) {
    ::kill(-pid, SIGKILL);
    WaitFor(pid);
    return absl::UnavailableError("credentials_command: did not end in time, or printed too much");
  }
  // It has closed its output; what it does then is bounded by the same deadline.
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(pid, &status, WNOHANG)) == 0 && std::chrono::steady_clock::now() < deadline) {
    ::poll(nullptr, 0, 1);
  }
  if (ended == 0) {
    ::kill(-pid, SIGKILL);
    status = WaitFor(pid);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return absl::UnavailableError(absl::StrCat("credentials_command: failed with exit status ",
                                               WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
  }
  return text;
}

}  // namespace affidavit::objectstore
