#include "config/anchors.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/text.h"
#include "core/checkpoint/key.h"

namespace affidavit::config {
namespace {

void CheckPresent(const toml::table& table, std::string_view kind, std::string_view name, const std::string& value,
                  Reader& reader) {
  if (value.empty()) {
    reader.faults().At(LineOf(table.source()), Concat({"a ", kind, " needs a '", name, "'"}));
  }
}

// What makes two of them one; the second is a fault.
class Seen {
 public:
  Seen(std::string_view what, Reader& reader) : what_(what), reader_(reader) {}

  void Add(const toml::table& table, const std::string& key) {
    const int line = LineOf(table.source());
    const auto [first, is_new] = lines_.emplace(key, line);
    if (!is_new && !key.empty()) {
      reader_.faults().At(line, Concat({what_, " is already at line ", std::to_string(first->second)}));
    }
  }

 private:
  const std::string_view what_;
  Reader& reader_;
  std::map<std::string, int> lines_;
};

// REQUIRES: vkey is not empty.
std::string_view FaultOfWitnessKey(const std::string& vkey) {
  const absl::StatusOr<VerifierKey> key = ParseVerifierKey(vkey);
  if (!key.ok()) {
    return "must be a verifier key: name+8 hex digits+base64";
  }
  return key->type == KeyType::kCosignatureV1 ? "" : "must be a key for cosignatures (type 0x04), as witnesses publish";
}

}  // namespace

std::vector<Field> TimestamperFields(TimestamperConfig& timestamper) {
  return {
      {"name", &timestamper.name, Shape::kName},
      {"url", &timestamper.url, Shape::kUrl},
      {"ca_file", &timestamper.ca_file, Shape::kFile},
  };
}

std::vector<Field> WitnessFields(WitnessConfig& witness) {
  return {
      {"url", &witness.url, Shape::kUrl},
      {"vkey", &witness.vkey, Shape::kText},
  };
}

std::vector<TimestamperConfig> ReadTimestampers(const toml::table& root, Reader& reader) {
  std::vector<TimestamperConfig> timestampers;
  Seen names("a timestamper of this name", reader);
  for (const toml::table* table : reader.Tables(root, "timestampers")) {
    TimestamperConfig timestamper;
    reader.Read(*table, "timestampers", TimestamperFields(timestamper));
    CheckPresent(*table, "timestamper", "name", timestamper.name, reader);
    CheckPresent(*table, "timestamper", "url", timestamper.url, reader);
    CheckPresent(*table, "timestamper", "ca_file", timestamper.ca_file, reader);
    names.Add(*table, timestamper.name);
    timestampers.push_back(std::move(timestamper));
  }
  return timestampers;
}

std::vector<WitnessConfig> ReadWitnesses(const toml::table& root, Reader& reader) {
  std::vector<WitnessConfig> witnesses;
  Seen keys("a witness with this vkey", reader);
  for (const toml::table* table : reader.Tables(root, "witnesses")) {
    WitnessConfig witness;
    reader.Read(*table, "witnesses", WitnessFields(witness));
    CheckPresent(*table, "witness", "url", witness.url, reader);
    CheckPresent(*table, "witness", "vkey", witness.vkey, reader);
    if (!witness.vkey.empty()) {
      if (const std::string_view fault = FaultOfWitnessKey(witness.vkey); !fault.empty()) {
        reader.faults().At(LineOf(table->source()), Concat({"'witnesses.vkey' ", fault}));
      }
    }
    keys.Add(*table, witness.vkey);
    witnesses.push_back(std::move(witness));
  }
  return witnesses;
}

}  // namespace affidavit::config
