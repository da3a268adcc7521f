// A real rsyslog, unprivileged, with the settings that docs/siem.md shows, on ports and in a folder of its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/integration/webhook-adapter/certificate.h"

namespace affidavit::siem {

class RsyslogProcess {
 public:
  // Starts. Throws std::runtime_error, saying what to install, when there is no rsyslogd.
  RsyslogProcess();
  ~RsyslogProcess();
  RsyslogProcess(const RsyslogProcess&) = delete;
  RsyslogProcess& operator=(const RsyslogProcess&) = delete;

  void Start();
  // Ends it by this signal and waits for it.
  void End(int signal);

  std::string relp_target() const { return "127.0.0.1:" + std::to_string(relp_port_); }
  std::string tls_target() const { return "127.0.0.1:" + std::to_string(tls_port_); }
  std::string ca_file() const { return folder_.File("cert.pem"); }

  // The lines that came so far, as they came.
  std::vector<std::string> RelpLines() const { return LinesOf("relp.log"); }
  std::vector<std::string> TlsLines() const { return LinesOf("tls.log"); }

 private:
  void WriteSettings() const;
  std::vector<std::string> LinesOf(const std::string& file) const;

  adapter::TemporaryDirectory folder_;
  int relp_port_, tls_port_;
  pid_t pid_ = -1;
};

}  // namespace affidavit::siem
