#include "config/sources.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "config/details.h"
#include "config/secrets.h"
#include "core/base/text.h"

namespace affidavit::config {
namespace {

using PointerMember = std::pair<std::string PointerKeys::*, JsonPointer ProfilePointers::*>;

constexpr PointerMember kPointerMembers[] = {
    {&PointerKeys::type, &ProfilePointers::type},
    {&PointerKeys::version, &ProfilePointers::version},
    {&PointerKeys::time, &ProfilePointers::time},
    {&PointerKeys::message_id, &ProfilePointers::message_id},
    {&PointerKeys::direction, &ProfilePointers::direction},
    {&PointerKeys::channel, &ProfilePointers::channel},
    {&PointerKeys::delivery_time, &ProfilePointers::delivery_time},
    {&PointerKeys::correlation_id, &ProfilePointers::correlation_id},
};

// REQUIRES: `text` is of shape kPointer.
JsonPointer PointerOf(const std::string& text) {
  return text.empty() ? JsonPointer() : *ParseJsonPointer(text);
}

void ReadPointers(const toml::table& table, Reader& reader, ProfilePointers& pointers) {
  PointerKeys keys;
  for (const JsonPointer& pointer : pointers.id) {
    keys.id.push_back(pointer.text);
  }
  for (const auto& [text, pointer] : kPointerMembers) {
    keys.*text = (pointers.*pointer).text;
  }
  reader.Read(table, "sources.pointers", PointerFields(keys));
  // Whoever names an id or a type means that one alone, without what the profile would add to it.
  if (table.contains("id")) {
    pointers.id_optional.clear();
  }
  if (table.contains("type")) {
    pointers.type_fallbacks.clear();
  }
  pointers.id.clear();
  for (const std::string& text : keys.id) {
    if (text.empty()) {
      reader.faults().At(LineOf(table.source()),
                         "'sources.pointers.id' must not be empty: without it nothing has an identity");
    }
    pointers.id.push_back(PointerOf(text));
  }
  for (const auto& [text, pointer] : kPointerMembers) {
    pointers.*pointer = PointerOf(keys.*text);
  }
}

// Names of values are compared ignoring ASCII case, so a name replaces the profile's own in whatever case that is
// written.
void LayOver(const ValueMap& over, std::string_view name, int line, Reader& reader, ValueMap& map) {
  for (const auto& [theirs, ours] : over) {
    const auto same = [&theirs = theirs](const auto& other) { return EqualsIgnoreAsciiCase(other.first, theirs); };
    if (std::count_if(over.begin(), over.end(), same) > 1) {
      reader.faults().At(line, Concat({"'sources.map.", name, "' has one name twice: case makes no difference"}));
    }
    std::erase_if(map, same);
    map.emplace(theirs, ours);
  }
}

void ReadMaps(const toml::table& table, Reader& reader, Profile& profile) {
  MapKeys keys;
  reader.Read(table, "sources.map", MapFields(keys));
  const int line = LineOf(table.source());
  LayOver(keys.type, "type", line, reader, profile.type_map);
  LayOver(keys.direction, "direction", line, reader, profile.direction_map);
  LayOver(keys.channel, "channel", line, reader, profile.channel_map);
}

Profile ReadProfile(const toml::table& table, const SourceKeys& keys, Reader& reader) {
  absl::StatusOr<Profile> builtin = BuiltinProfile(keys.profile);
  if (!builtin.ok()) {
    reader.faults().At(LineOf(table.source()),
                       Concat({"'sources.profile': ", std::string(builtin.status().message())}));
  }
  Profile profile = builtin.ok() ? *std::move(builtin) : Profile();
  if (const toml::table* pointers = reader.Table(table, "pointers"); pointers != nullptr) {
    ReadPointers(*pointers, reader, profile.pointers);
  }
  if (const toml::table* scope = reader.Table(table, "scope"); scope != nullptr) {
    reader.Read(*scope, "sources.scope", ScopeFields(profile));
  }
  if (const toml::table* maps = reader.Table(table, "map"); maps != nullptr) {
    ReadMaps(*maps, reader, profile);
  }
  return profile;
}

SourceConfig ReadSource(const toml::table& table, LoadSecrets load, Reader& reader) {
  const int line = LineOf(table.source());
  SourceKeys keys;
  reader.Read(table, "sources", SourceFields(keys), {"secrets", "pointers", "scope", "map", "details"});
  if (keys.name.empty()) {
    reader.faults().At(line, "a source needs a 'name'");
  }
  SourceConfig source;
  source.name = keys.name;
  source.route = keys.route.empty() ? Concat({"/sources/", keys.name}) : keys.route;
  source.profile = ReadProfile(table, keys, reader);
  source.details = ReadDetails(table, keys.profile, reader);

  const absl::StatusOr<SignatureScheme> scheme = ParseSignatureScheme(keys.scheme);
  if (!scheme.ok()) {  // without it neither the header nor the secrets mean anything
    reader.faults().At(line, Concat({"'sources.scheme': ", std::string(scheme.status().message())}));
    return source;
  }
  source.scheme = *scheme;
  source.signature_header =
      keys.signature_header.empty() ? std::string(DefaultSignatureHeader(*scheme)) : keys.signature_header;
  if (*scheme == SignatureScheme::kStandardWebhooks && !keys.signature_header.empty()) {
    reader.faults().At(line, "'sources.signature_header': standard-webhooks has headers of its own");
  }
  source.secrets = ReadSecrets(table, *scheme, load, reader);
  if (load == LoadSecrets::kYes &&
      std::all_of(source.secrets.begin(), source.secrets.end(), [](const Secret& secret) { return secret.retired; })) {
    reader.faults().At(line, Concat({"source '", source.name, "' needs a secret that is not retired"}));
  }
  return source;
}

}  // namespace

std::vector<SourceConfig> ReadSources(const toml::table& root, LoadSecrets load, Reader& reader) {
  std::vector<SourceConfig> sources;
  std::map<std::string, int> names, routes;  // the line of the first
  for (const toml::table* table : reader.Tables(root, "sources")) {
    sources.push_back(ReadSource(*table, load, reader));
    const int line = LineOf(table->source());
    const auto [name, is_new_name] = names.emplace(sources.back().name, line);
    if (!is_new_name && !name->first.empty()) {
      reader.faults().At(line,
                         Concat({"source '", name->first, "' is already at line ", std::to_string(name->second)}));
    }
    const auto [route, is_new_route] = routes.emplace(sources.back().route, line);
    if (!is_new_route && is_new_name) {
      reader.faults().At(line,
                         Concat({"route ", route->first, " is already taken at line ", std::to_string(route->second)}));
    }
  }
  return sources;
}

}  // namespace affidavit::config
