// What the gallery holds of a person, and whom a probe may see of them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "engine/ids.h"
#include "matchers/types.h"

namespace distinct::gallery {

// A reference's template. A view of bytes that never move.
struct StoredTemplate {
  const char* data = nullptr;
  uint32_t data_bytes = 0;
  uint32_t codes_offset = 0;
  uint32_t codes_bytes = 0;
  Position position = Position::kUnknownFinger;

  std::string_view bytes() const { return {data, data_bytes}; }
  std::string_view codes() const { return bytes().substr(codes_offset, codes_bytes); }
};

struct Person {
  Ticket ticket = kNoTicket;
  absl::Span<const StoredTemplate> templates;
};

// Which persons a probe may see.
struct Visibility {
  Ticket upto = kNoTicket;                    // only tickets < upto
  Ticket as_of = kNoTicket;                   // not those closed by an entry < as_of
  Ticket exclude = kNoTicket;                 // never this one
  const std::vector<Ticket>* only = nullptr;  // if not null: none but these, sorted
};

// A template made ready to be added, outside every lock. Views of the template's bytes.
struct PreparedReference {
  Position position = Position::kUnknownFinger;
  std::string_view bytes;  // what is kept
  std::string_view codes;
  std::vector<int8_t> vector;
};

}  // namespace distinct::gallery
