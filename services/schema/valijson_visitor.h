// Of compiled_schema.cc alone, for valijson compiles for half a minute. What of its visitor would run std::regex,
// compare each with each, or look at numbers differently from JSON Schema is replaced here for our adapter; the rest is
// its own.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <exception>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "boost/json/value.hpp"
#include "services/schema/pattern.h"
#include "services/schema/valijson_reason.h"
#include "valijson/validation_visitor.hpp"

namespace affidavit::schema {

using Visitor = valijson::ValidationVisitor<Adapter>;
using Context = std::vector<std::string>;  // "<root>", then "[TOKEN]" each

inline constexpr int64_t kWorkMax =
    4'000'000;                                // a second or two; a payload of 1 MiB under a plain schema takes a tenth
inline constexpr int kAskedDepthMax = 1'200;  // subschemas asked inside each other: what half of a small stack holds

struct TooMuchWork : std::exception {};

// What one validation carries along. valijson hands its cache of regular expressions from visitor to visitor, by
// reference: ours rides on it, and the cache itself stays empty.
struct Run : std::unordered_map<std::string, std::regex> {
  explicit Run(const std::vector<Pattern>& all_patterns) : patterns(all_patterns) {}

  void Charge(size_t work) {
    work_left -= static_cast<int64_t>(work);
    if (work_left < 0) {
      throw TooMuchWork();
    }
  }
  const Pattern& PatternAt(std::string_view index) const {
    size_t number = 0;
    return patterns.at(absl::SimpleAtoi(absl::string_view(index.data(), index.size()), &number) ? number : ~size_t{0});
  }

  const std::vector<Pattern>& patterns;
  int64_t work_left = kWorkMax;
  int depth = 0;
  std::optional<std::pair<Context, std::string>> drift;  // the first, innermost one of what is being asked
};

inline Run& RunOf(std::unordered_map<std::string, std::regex>& cache) {
  return static_cast<Run&>(cache);
}

class AskedDepth {
 public:
  explicit AskedDepth(Run& run) : run_(run) {
    if (++run_.depth > kAskedDepthMax) {
      --run_.depth;
      throw TooMuchWork();
    }
  }
  ~AskedDepth() { --run_.depth; }

 private:
  Run& run_;
};

// In text that is equal iff two values are, as JSON Schema compares them.
inline void AppendComparable(const Adapter& value, std::string& out) {
  if (value.isArray()) {
    out.push_back('[');
    for (const Adapter element : value.getArray()) {
      AppendComparable(element, out);
    }
    out.push_back(']');
  } else if (value.isObject()) {
    std::vector<std::string> members;
    for (const auto member : value.getObject()) {
      members.push_back(absl::StrCat(member.first.size(), ":", member.first));
      AppendComparable(member.second, members.back());
    }
    std::sort(members.begin(), members.end());
    out.push_back('{');
    for (const std::string& member : members) {
      out.append(member);
    }
    out.push_back('}');
  } else if (value.isString()) {
    const std::string text = value.getString();
    absl::StrAppend(&out, "\"", text.size(), ":", text);
  } else if (value.isInteger()) {
    absl::StrAppend(&out, "i", value.getInteger(), ";");
  } else if (value.isNumber()) {
    absl::StrAppend(&out, "d", absl::Hex(std::bit_cast<uint64_t>(value.getNumber())), ";");
  } else {
    out.push_back(value.isNull() ? 'n' : value.getBool() ? 't' : 'f');
  }
}

inline bool IsMultiple(double number, double divisor) {
  constexpr double kTolerance = 1e-9;  // 0.0075 is a multiple of 0.0001, although neither is a double
  const double quotient = number / divisor;
  return std::isfinite(quotient)
             ? std::abs(quotient - std::round(quotient)) <= kTolerance * std::max(1.0, std::abs(quotient))
             : std::remainder(number, divisor) == 0;
}

inline bool IsWhole(const Adapter& value) {
  return value.isInteger() || (value.isNumber() && std::trunc(value.getNumber()) == value.getNumber());
}

inline bool IsOfType(const Adapter& value, valijson::constraints::TypeConstraint::JsonType type) {
  using Type = valijson::constraints::TypeConstraint;
  switch (type) {
    case Type::kArray:
      return value.isArray();
    case Type::kBoolean:
      return value.isBool();
    case Type::kInteger:
      return IsWhole(value);
    case Type::kNull:
      return value.isNull();
    case Type::kNumber:
      return value.isNumber();
    case Type::kObject:
      return value.isObject();
    case Type::kString:
      return value.isString();
    default:
      return false;
  }
}

}  // namespace affidavit::schema

namespace valijson {

using affidavit::schema::Adapter;
using affidavit::schema::Run;
using affidavit::schema::RunOf;
using affidavit::schema::Visitor;

// Declared before any of them uses another.
template <>
inline bool Visitor::validateSchema(const Subschema& subschema);
template <>
inline bool Visitor::visit(const TypeConstraint& constraint);
template <>
inline bool Visitor::visit(const PatternConstraint& constraint);
template <>
inline bool Visitor::visit(const PropertiesConstraint& constraint);
template <>
inline bool Visitor::visit(const PropertyNamesConstraint& constraint);
template <>
inline bool Visitor::visit(const DependenciesConstraint& constraint);
template <>
inline bool Visitor::visit(const EnumConstraint& constraint);
template <>
inline bool Visitor::visit(const MultipleOfIntConstraint& constraint);
template <>
inline bool Visitor::visit(const MultipleOfDoubleConstraint& constraint);
template <>
inline bool Visitor::visit(const UniqueItemsConstraint& constraint);

template <>
inline bool Visitor::validateSchema(const Subschema& subschema) {
  Run& run = RunOf(m_regexesCache);
  const affidavit::schema::AskedDepth depth(run);
  run.Charge(1 + m_context.size());
  run.drift.reset();
  if (subschema.getAlwaysInvalid()) {
    run.drift.emplace(m_context, "must not be there");
    return false;
  }
  // Several constraints copy the string that they look at.
  const size_t work = 1 + (m_target.isString() ? m_target.getString().size() / 256 : 0);
  Subschema::ApplyFunction ask = [&](const constraints::Constraint& constraint) {
    run.Charge(work);
    const bool holds = constraint.accept(*this);
    if (holds) {
      run.drift.reset();
    } else if (!run.drift || affidavit::schema::IsChoice(constraint)) {
      run.drift.emplace(m_context, affidavit::schema::ReasonTeller::Tell(constraint, m_target));
    }
    return holds;
  };
  return subschema.applyStrict(ask);
}

template <>
inline bool Visitor::visit(const TypeConstraint& constraint) {
  bool holds = false;
  constraint.applyToNamedTypes([&](TypeConstraint::JsonType type) {
    holds = affidavit::schema::IsOfType(m_target, type);
    return !holds;
  });
  return holds;
}

template <>
inline bool Visitor::visit(const PatternConstraint& constraint) {
  const Run& run = RunOf(m_regexesCache);
  return !m_target.isString() ||
         run.PatternAt(constraint.getPattern<std::string::allocator_type>()).Matches(m_target.getString());
}

template <>
inline bool Visitor::visit(const PropertiesConstraint& constraint) {
  if (!m_target.isObject()) {
    return true;
  }
  Run& run = RunOf(m_regexesCache);
  const auto object = m_target.getObject();
  std::set<std::string> matched;
  bool holds = true;
  const auto ask = [&](const std::string& name, const Adapter& value, const Subschema* subschema) {
    std::vector<std::string> context = m_context;
    context.push_back("[" + name + "]");
    holds = Visitor(value, std::move(context), m_strictTypes, nullptr, m_regexesCache).validateSchema(*subschema);
    return holds;
  };
  constraint.applyToProperties([&](const auto& property, const Subschema* subschema) {
    run.Charge(1);
    const std::string name(property.c_str());
    const auto found = object.find(name);
    if (found == object.end()) {
      return true;
    }
    matched.insert(name);
    return ask(name, found->second, subschema);
  });
  if (!holds) {
    return false;
  }
  constraint.applyToPatternProperties([&](const auto& index, const Subschema* subschema) {
    const affidavit::schema::Pattern& pattern = run.PatternAt(index.c_str());
    for (const auto member : object) {
      run.Charge(1 + member.first.size() / 256);
      if (pattern.Matches(member.first)) {
        matched.insert(member.first);
        if (!ask(member.first, member.second, subschema)) {
          return false;
        }
      }
    }
    return true;
  });
  const Subschema* const additional = constraint.getAdditionalPropertiesSubschema();
  if (holds && additional != nullptr) {
    for (const auto member : object) {
      if (!matched.contains(member.first) && !ask(member.first, member.second, additional)) {
        return false;
      }
    }
  }
  return holds;
}

template <>
inline bool Visitor::visit(const PropertyNamesConstraint& constraint) {
  if (!m_target.isObject()) {
    return true;
  }
  for (const auto member : m_target.getObject()) {
    const boost::json::value name(boost::json::string(member.first.data(), member.first.size()));
    Visitor visitor(Adapter(name), m_context, m_strictTypes, nullptr, m_regexesCache);
    if (!visitor.validateSchema(*constraint.getSubschema())) {
      return false;
    }
  }
  return true;
}

template <>
inline bool Visitor::visit(const DependenciesConstraint& constraint) {
  if (!m_target.isObject()) {
    return true;
  }
  Run& run = RunOf(m_regexesCache);
  const auto object = m_target.getObject();
  const auto has = [&](const auto& name) {
    run.Charge(1);
    return object.find(std::string(name.c_str())) != object.end();
  };
  bool holds = true;
  constraint.applyToPropertyDependencies([&](const auto& name, const auto& needed) {
    holds = !has(name) || std::all_of(needed.begin(), needed.end(), has);
    return holds;
  });
  if (!holds) {
    return false;
  }
  constraint.applyToSchemaDependencies([&](const auto& name, const Subschema* subschema) {
    holds = !has(name) || validateSchema(*subschema);
    return holds;
  });
  return holds;
}

template <>
inline bool Visitor::visit(const EnumConstraint& constraint) {
  bool holds = false;
  constraint.applyToValues([&](const adapters::FrozenValue& value) {
    RunOf(m_regexesCache).Charge(1);
    holds = value.equalTo(m_target, true);
    return !holds;
  });
  return holds;
}

template <>
inline bool Visitor::visit(const MultipleOfIntConstraint& constraint) {
  if (m_target.isInteger()) {
    return m_target.getInteger() % constraint.getDivisor() == 0;
  }
  return !m_target.isNumber() ||
         affidavit::schema::IsMultiple(m_target.getNumber(), static_cast<double>(constraint.getDivisor()));
}

template <>
inline bool Visitor::visit(const MultipleOfDoubleConstraint& constraint) {
  return !m_target.isNumber() || affidavit::schema::IsMultiple(m_target.getNumber(), constraint.getDivisor());
}

template <>
inline bool Visitor::visit(const UniqueItemsConstraint&) {
  if (!m_target.isArray()) {
    return true;
  }
  Run& run = RunOf(m_regexesCache);
  std::set<std::string> seen;
  for (const Adapter element : m_target.getArray()) {
    std::string comparable;
    affidavit::schema::AppendComparable(element, comparable);
    run.Charge(1 + comparable.size() / 32);
    if (!seen.insert(std::move(comparable)).second) {
      return false;
    }
  }
  return true;
}

}  // namespace valijson
