#include "config/reader.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "config/sections.h"
#include "config/suggestion.h"
#include "config/value.h"
#include "core/base/text.h"

namespace affidavit::config {
namespace {

std::string Qualified(std::string_view prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : Concat({prefix, ".", key});
}

}  // namespace

void Reader::Read(const toml::table& table, std::string_view prefix, const std::vector<Field>& fields,
                  std::initializer_list<std::string_view> nested) {
  std::vector<std::string_view> known(nested);
  for (const Field& field : fields) {
    known.push_back(field.name);
  }
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    const auto field = std::find_if(fields.begin(), fields.end(), [name](const Field& f) { return f.name == name; });
    if (field == fields.end()) {
      if (std::find(nested.begin(), nested.end(), name) == nested.end()) {
        faults_.At(LineOf(key.source()),
                   Concat({"unknown key '", Qualified(prefix, name), "'", Suggestion(name, known)}));
      }
    } else if (const std::string fault = SetFromToml(*field, node); !fault.empty()) {
      faults_.At(LineOf(node.source()), Concat({"'", Qualified(prefix, name), "' ", fault}));
    } else {
      Resolve(*field);
    }
  }
}

void Reader::Override(std::string_view section, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    const std::string variable = VariableOf(section, field.name);
    const std::optional<std::string> text = environment_(variable);
    if (!text.has_value()) {
      continue;
    }
    if (const std::string fault = SetFromText(field, *text); !fault.empty()) {
      faults_.In(variable, fault);
    } else {
      Resolve(field);
    }
  }
}

void Reader::Resolve(const Field& field) const {
  if (field.shape != Shape::kFile) {
    return;
  }
  const auto resolve = [this](std::string& file) { ResolveFile(file); };
  if (std::string* const* text = std::get_if<std::string*>(&field.target)) {
    resolve(**text);
  } else if (Field::Texts* const* texts = std::get_if<Field::Texts*>(&field.target)) {
    std::for_each((*texts)->begin(), (*texts)->end(), resolve);
  }
}

void Reader::ResolveFile(std::string& file) const {
  if (!file.empty()) {
    file = (folder_ / file).string();
  }
}

const toml::table* Reader::Table(const toml::table& parent, std::string_view name) {
  const toml::node* node = parent.get(name);
  if (node != nullptr && !node->is_table()) {
    faults_.At(LineOf(node->source()), Concat({"'", name, "' must be a table"}));
  }
  return node == nullptr ? nullptr : node->as_table();
}

std::vector<const toml::table*> Reader::Tables(const toml::table& parent, std::string_view name) {
  const toml::node* node = parent.get(name);
  std::vector<const toml::table*> tables;
  if (node == nullptr) {
    return tables;
  }
  if (!node->is_array()) {
    faults_.At(LineOf(node->source()), Concat({"'", name, "' must be tables, each under [[", name, "]]"}));
    return tables;
  }
  for (const toml::node& item : *node->as_array()) {
    if (item.is_table()) {
      tables.push_back(item.as_table());
    } else {
      faults_.At(LineOf(item.source()), Concat({"'", name, "' must hold tables only"}));
    }
  }
  return tables;
}

}  // namespace affidavit::config
