// Of compiled_schema.cc alone, for valijson compiles for half a minute: why a constraint does not hold.
#pragma once

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "valijson/adapters/boost_json_adapter.hpp"
#include "valijson/constraints/concrete_constraints.hpp"
#include "valijson/constraints/constraint_visitor.hpp"

namespace affidavit::schema {

using Adapter = valijson::adapters::BoostJsonAdapter;

// What a constraint that does not hold asks for: words of the schema, never of the payload.
class ReasonTeller : public valijson::constraints::ConstraintVisitor {
 public:
  explicit ReasonTeller(const Adapter& target) : target_(target) {}

  static std::string Tell(const valijson::constraints::Constraint& constraint, const Adapter& target) {
    ReasonTeller teller(target);
    constraint.accept(teller);
    return std::move(teller.reason_);
  }

  bool visit(const AllOfConstraint&) override { return Say("allOf"); }
  bool visit(const AnyOfConstraint&) override { return Say("anyOf: none of the schemas holds"); }
  bool visit(const ConditionalConstraint&) override { return Say("if, then, else"); }
  bool visit(const ConstConstraint&) override { return Say("const: another value"); }
  bool visit(const ContainsConstraint&) override { return Say("contains: no element is as it must be"); }
  bool visit(const DependenciesConstraint&) override { return Say("dependencies: a property lacks another"); }
  bool visit(const EnumConstraint&) override { return Say("enum: none of the values"); }
  bool visit(const FormatConstraint&) override { return Say("format"); }
  bool visit(const LinearItemsConstraint&) override { return Say("items: more than there may be"); }
  bool visit(const MaximumConstraint& c) override {
    return Say(absl::StrCat(c.getExclusiveMaximum() ? "exclusiveMaximum: " : "maximum: ", c.getMaximum()));
  }
  bool visit(const MaxItemsConstraint& c) override { return Say(absl::StrCat("maxItems: ", c.getMaxItems())); }
  bool visit(const MaxLengthConstraint& c) override { return Say(absl::StrCat("maxLength: ", c.getMaxLength())); }
  bool visit(const MaxPropertiesConstraint& c) override {
    return Say(absl::StrCat("maxProperties: ", c.getMaxProperties()));
  }
  bool visit(const MinimumConstraint& c) override {
    return Say(absl::StrCat(c.getExclusiveMinimum() ? "exclusiveMinimum: " : "minimum: ", c.getMinimum()));
  }
  bool visit(const MinItemsConstraint& c) override { return Say(absl::StrCat("minItems: ", c.getMinItems())); }
  bool visit(const MinLengthConstraint& c) override { return Say(absl::StrCat("minLength: ", c.getMinLength())); }
  bool visit(const MinPropertiesConstraint& c) override {
    return Say(absl::StrCat("minProperties: ", c.getMinProperties()));
  }
  bool visit(const MultipleOfDoubleConstraint& c) override { return Say(absl::StrCat("multipleOf: ", c.getDivisor())); }
  bool visit(const MultipleOfIntConstraint& c) override { return Say(absl::StrCat("multipleOf: ", c.getDivisor())); }
  bool visit(const NotConstraint&) override { return Say("not: is what it must not be"); }
  bool visit(const OneOfConstraint&) override { return Say("oneOf: not exactly one of the schemas holds"); }
  bool visit(const PatternConstraint&) override { return Say("pattern: does not match"); }
  bool visit(const PolyConstraint&) override { return Say(""); }
  bool visit(const PropertiesConstraint&) override { return Say("additionalProperties: one that may not be"); }
  bool visit(const PropertyNamesConstraint&) override { return Say("propertyNames: a name is not as it must be"); }
  bool visit(const RequiredConstraint& c) override {
    const auto object = target_.getObject();
    c.applyToRequiredProperties([&](const auto& name) {
      const bool present = object.find(std::string(name.c_str())) != object.end();
      return present || Say(absl::StrCat("required property missing: ", name.c_str()));
    });
    return false;
  }
  bool visit(const SingularItemsConstraint&) override { return Say("items"); }
  bool visit(const TypeConstraint& c) override {
    static constexpr const char* kNames[] = {"any",  "array",  "boolean", "integer",
                                             "null", "number", "object",  "string"};
    std::string names;
    c.applyToNamedTypes([&](TypeConstraint::JsonType type) {
      absl::StrAppend(&names, names.empty() ? "" : " or ", kNames[type]);
      return true;
    });
    return Say(absl::StrCat("type: expected ", names));
  }
  bool visit(const UniqueItemsConstraint&) override { return Say("uniqueItems: one is there twice"); }

 private:
  bool Say(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  const Adapter& target_;
  std::string reason_;
};

// What fails inside such a constraint is no drift in itself: only that it does not hold as a whole is.
inline bool IsChoice(const valijson::constraints::Constraint& constraint) {
  namespace c = valijson::constraints;
  const auto* const one = &constraint;
  return dynamic_cast<const c::AnyOfConstraint*>(one) != nullptr ||
         dynamic_cast<const c::OneOfConstraint*>(one) != nullptr ||
         dynamic_cast<const c::NotConstraint*>(one) != nullptr ||
         dynamic_cast<const c::ContainsConstraint*>(one) != nullptr ||
         dynamic_cast<const c::PropertyNamesConstraint*>(one) != nullptr;
}

}  // namespace affidavit::schema
