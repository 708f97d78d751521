// Edits of a request by its structure, so that a fuzzer spends its time on fields and not on the
// wire format: bytes are read as a list of choices.
#pragma once

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "google/protobuf/message.h"

namespace distinct::fuzz {

// Gives out choices; zeros when the bytes are used up.
class Choices {
 public:
  explicit Choices(absl::Span<const uint8_t> bytes) : bytes_(bytes) {}
  bool left() const { return !bytes_.empty(); }
  uint8_t Byte();
  uint64_t Below(uint64_t end) { return end < 2 ? 0 : (uint64_t{Byte()} << 8 | Byte()) % end; }
  std::string Text();  // from an honest name to 70,000 bytes of anything

 private:
  absl::Span<const uint8_t> bytes_;
};

// One edit somewhere in the message: a field is set, emptied, filled with an extreme, repeated,
// dropped, exchanged with its neighbour, or a message within is edited.
void Edit(Choices& choices, google::protobuf::Message& message);

}  // namespace distinct::fuzz
