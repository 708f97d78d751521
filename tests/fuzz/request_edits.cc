#include "tests/fuzz/request_edits.h"

#include <array>
#include <limits>

namespace distinct::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

template <typename Number>
Number Extreme(Choices& choices) {
  using Limits = std::numeric_limits<Number>;
  const std::array<Number, 8> extremes = {
      Number{0},
      Number{1},
      static_cast<Number>(-1),
      Limits::max(),
      Limits::lowest(),
      static_cast<Number>(choices.Byte()),
      Limits::has_quiet_NaN ? Limits::quiet_NaN() : Number{7},
      Limits::has_infinity ? Limits::infinity() : Number{500},
  };
  return extremes[choices.Below(extremes.size())];
}

void SetValue(Choices& choices, Message& message, const FieldDescriptor& field) {
  const Reflection& at = *message.GetReflection();
  const bool add = field.is_repeated();
  const auto put = [&](auto set, auto append, auto value) {
    add ? (at.*append)(&message, &field, value) : (at.*set)(&message, &field, value);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return put(&Reflection::SetInt32, &Reflection::AddInt32, Extreme<int32_t>(choices));
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&Reflection::SetInt64, &Reflection::AddInt64, Extreme<int64_t>(choices));
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::SetUInt32, &Reflection::AddUInt32, Extreme<uint32_t>(choices));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::SetUInt64, &Reflection::AddUInt64, Extreme<uint64_t>(choices));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&Reflection::SetDouble, &Reflection::AddDouble, Extreme<double>(choices));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return put(&Reflection::SetFloat, &Reflection::AddFloat, Extreme<float>(choices));
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&Reflection::SetBool, &Reflection::AddBool, choices.Byte() % 2 == 0);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& names = *field.enum_type();
      const int known =
          names.value(static_cast<int>(choices.Below(static_cast<uint64_t>(names.value_count()))))
              ->number();
      return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue,
                 choices.Byte() % 4 == 0 ? Extreme<int32_t>(choices) : known);
    }
    case FieldDescriptor::CPPTYPE_STRING:
      add ? at.AddString(&message, &field, choices.Text())
          : at.SetString(&message, &field, choices.Text());
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Edit(choices, add ? *at.AddMessage(&message, &field) : *at.MutableMessage(&message, &field));
      return;
  }
}

// A message within the field, if there is one.
Message* Within(Choices& choices, Message& message, const FieldDescriptor& field) {
  const Reflection& at = *message.GetReflection();
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return nullptr;
  if (!field.is_repeated()) {
    return at.HasField(message, &field) ? at.MutableMessage(&message, &field) : nullptr;
  }
  const auto size = static_cast<uint64_t>(at.FieldSize(message, &field));
  if (size == 0) return nullptr;
  return at.MutableRepeatedMessage(&message, &field, static_cast<int>(choices.Below(size)));
}

void Repeat(Choices& choices, Message& message, const FieldDescriptor& field) {
  const Reflection& at = *message.GetReflection();
  const int size = at.FieldSize(message, &field);
  if (size == 0 || field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return SetValue(choices, message, field);
  }
  const int times = choices.Byte() % 8 == 0 ? 40 : 1;
  for (int i = 0; i < times; ++i) {
    const Message& last = at.GetRepeatedMessage(message, &field, size - 1);
    at.AddMessage(&message, &field)->CopyFrom(last);
  }
}

}  // namespace

uint8_t Choices::Byte() {
  if (bytes_.empty()) return 0;
  const uint8_t byte = bytes_.front();
  bytes_.remove_prefix(1);
  return byte;
}

std::string Choices::Text() {
  switch (Byte() % 6) {
    case 0:
      return "";
    case 1:
      return "e-" + std::to_string(Byte());
    case 2:
      return std::string(Below(70'000), static_cast<char>('a' + Byte() % 26));
    case 3:
      return std::string(1 + Below(300), static_cast<char>(Byte()));
    case 4:
      return "\xc3\x28 not UTF-8 \xff";
    default: {
      std::string any(Below(64), '\0');
      for (char& c : any) c = static_cast<char>(Byte());
      return any;
    }
  }
}

void Edit(Choices& choices, Message& message) {
  const auto& fields = *message.GetDescriptor();
  if (fields.field_count() == 0) return;
  const FieldDescriptor& field =
      *fields.field(static_cast<int>(choices.Below(static_cast<uint64_t>(fields.field_count()))));
  const Reflection& at = *message.GetReflection();
  const uint8_t what = choices.Byte() % 8;
  if (what < 3) {
    if (Message* within = Within(choices, message, field)) return Edit(choices, *within);
  }
  if (what == 3) return at.ClearField(&message, &field);
  if (field.is_repeated() && !field.is_map()) {
    const int size = at.FieldSize(message, &field);
    if (what == 4 && size > 0) return at.RemoveLast(&message, &field);
    if (what == 5 && size > 1) return at.SwapElements(&message, &field, 0, size - 1);
    if (what == 6) return Repeat(choices, message, field);
  }
  SetValue(choices, message, field);
}

}  // namespace distinct::fuzz
