#include "tests/integration/siem/rsyslog_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_replace.h"

namespace affidavit::siem {
namespace {

constexpr char kRsyslog[] = "/usr/sbin/rsyslogd";

int FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool good = bind(descriptor, generic, size) == 0 && getsockname(descriptor, generic, &size) == 0;
  close(descriptor);
  if (!good) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The block of docs/siem.md that begins with ```NAME.
std::string DocumentedSettings(const std::string& name) {
  const std::string page = ReadAll(AFFIDAVIT_SOURCE_DIR "/docs/siem.md");
  const std::string fence = "```" + name + "\n";
  const size_t begin = page.find(fence);
  if (begin == std::string::npos) {
    throw std::runtime_error("docs/siem.md has no settings " + name);
  }
  return page.substr(begin + fence.size(), page.find("```", begin + fence.size()) - begin - fence.size());
}

}  // namespace

RsyslogProcess::RsyslogProcess() : relp_port_(FreePort()), tls_port_(FreePort()) {
  signal(SIGPIPE, SIG_IGN);  // as every service of ours does: OpenSSL writes to who has gone
  if (access(kRsyslog, X_OK) != 0) {
    throw std::runtime_error("no rsyslogd: run `scripts/install-deps --test`");
  }
  adapter::WriteCertificate("receiver", folder_.File("cert.pem"), folder_.File("key.pem"));
  WriteSettings();
  if (geteuid() == 0) {
    const passwd* nobody = getpwnam("nobody");
    for (const char* name : {"", "cert.pem", "key.pem", "rsyslog.conf"}) {
      if (nobody == nullptr || chown(folder_.File(name).c_str(), nobody->pw_uid, nobody->pw_gid) != 0) {
        throw std::runtime_error("cannot give the folder to nobody");
      }
    }
  }
  Start();
}

RsyslogProcess::~RsyslogProcess() {
  if (pid_ > 0) {
    End(SIGKILL);
  }
}

void RsyslogProcess::WriteSettings() const {
  const std::string settings =
      absl::StrReplaceAll(DocumentedSettings("rsyslog-relp") + DocumentedSettings("rsyslog-tls"),
                          {{"port=\"2514\"", "address=\"127.0.0.1\" port=\"" + std::to_string(relp_port_) + "\""},
                           {"port=\"6514\"", "address=\"127.0.0.1\" port=\"" + std::to_string(tls_port_) + "\""},
                           {"/var/log/affidavit-relp.log", folder_.File("relp.log")},
                           {"/var/log/affidavit-tls.log", folder_.File("tls.log")},
                           {"/etc/rsyslog.d/ca.pem", folder_.File("cert.pem")},
                           {"/etc/rsyslog.d/cert.pem", folder_.File("cert.pem")},
                           {"/etc/rsyslog.d/key.pem", folder_.File("key.pem")}});
  adapter::WriteFile(folder_.File("rsyslog.conf"),
                     "global(workDirectory=\"" + folder_.File("") + "\" maxMessageSize=\"64k\")\n" + settings);
}

void RsyslogProcess::Start() {
  const std::string settings = folder_.File("rsyslog.conf");
  const std::string pid_file = folder_.File("pid");
  const std::string output = folder_.File("output");
  unlink(pid_file.c_str());
  const passwd* nobody = geteuid() == 0 ? getpwnam("nobody") : nullptr;
  pid_ = fork();
  if (pid_ != 0) {
    return;
  }
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (nobody != nullptr && (setgroups(0, nullptr) != 0 || setgid(nobody->pw_gid) != 0 || setuid(nobody->pw_uid) != 0)) {
    _exit(1);
  }
  execl(kRsyslog, kRsyslog, "-n", "-C", "-f", settings.c_str(), "-i", pid_file.c_str(), nullptr);
  _exit(1);
}

void RsyslogProcess::End(int signal) {
  const pid_t pid = std::exchange(pid_, -1);
  kill(pid, signal);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::vector<std::string> RsyslogProcess::LinesOf(const std::string& file) const {
  std::ifstream in(folder_.File(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

}  // namespace affidavit::siem
