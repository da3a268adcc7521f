#include "config/siem.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "config/shapes.h"
#include "core/base/text.h"

namespace affidavit::config {
namespace {

// What a sink of this kind lacks, or has too much of; each as one fault.
std::vector<std::string_view> FaultsOfSink(const SiemConfig& siem) {
  std::vector<std::string_view> faults;
  const auto unless = [&faults](bool good, std::string_view fault) {
    if (!good) {
      faults.push_back(fault);
    }
  };
  unless(!siem.name.empty(), "a sink needs a 'name'");
  unless(!siem.kind.empty(), "a sink needs a 'kind'");
  if (siem.kind == "json-lines") {
    unless(!siem.target.empty(), "a json-lines sink needs a 'target', the file");
    unless(siem.ca_file.empty() && siem.certificate_file.empty() && siem.key_file.empty(),
           "a json-lines sink writes a file: it has no use for certificates");
  } else if (!siem.kind.empty()) {
    unless(FaultOfShape(Shape::kListen, siem.target).empty(), "a sink of this kind needs a 'target', host:port");
    unless(siem.certificate_file.empty() == siem.key_file.empty(), "'certificate_file' and 'key_file' go together");
    unless(siem.certificate_file.empty() || !siem.ca_file.empty(), "'certificate_file' needs a 'ca_file'");
  }
  unless(siem.kind != "syslog-tls" || !siem.ca_file.empty(), "a syslog-tls sink needs a 'ca_file'");
  // Receipts name customers' messages: they do not go over a network for everyone to read.
  unless(siem.kind != "relp" || !siem.ca_file.empty() || siem.target.empty() || IsLocal(siem.target),
         "a relp sink on another machine needs a 'ca_file'");
  return faults;
}

}  // namespace

std::vector<Field> SiemFields(SiemConfig& siem) {
  return {
      {"name", &siem.name, Shape::kName},
      {"kind", &siem.kind, Shape::kSinkKind},
      {"target", &siem.target, Shape::kText},
      {"ca_file", &siem.ca_file, Shape::kFile},
      {"certificate_file", &siem.certificate_file, Shape::kFile},
      {"key_file", &siem.key_file, Shape::kFile},
      {"host_name", &siem.host_name, Shape::kSyslogHost},
      {"app_name", &siem.app_name, Shape::kSyslogApp},
      {"enterprise_number", &siem.enterprise_number, Shape::kEnterprise},
      {"format", &siem.format, Shape::kSinkFormat},
  };
}

std::vector<SiemConfig> ReadSiem(const toml::table& root, Reader& reader) {
  std::vector<SiemConfig> sinks;
  for (const toml::table* table : reader.Tables(root, "siem")) {
    SiemConfig siem;
    reader.Read(*table, "siem", SiemFields(siem));
    const int line = LineOf(table->source());
    for (const std::string_view fault : FaultsOfSink(siem)) {
      reader.faults().At(line, fault);
    }
    const auto has_its_name = [&siem](const SiemConfig& other) { return other.name == siem.name; };
    if (!siem.name.empty() && std::any_of(sinks.begin(), sinks.end(), has_its_name)) {
      reader.faults().At(line, "a sink of this name is there already: the name keeps its place in the log");
    }
    if (siem.kind == "json-lines") {
      reader.ResolveFile(siem.target);
    }
    sinks.push_back(std::move(siem));
  }
  return sinks;
}

}  // namespace affidavit::config
