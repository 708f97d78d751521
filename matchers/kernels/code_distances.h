// Hamming distances between all 128-bit codes of two templates: what comparison starts from.
//
//   out[i * reference_count + j] = bits that differ between probe code i and reference code j
//
// 48 x 48 codes: 4,608 XOR and popcounts of 64 bits, 1.5 KB read, 2.3 KB written.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "matchers/kernels/cpu.h"

namespace distinct::kernels {

// Codes are packed low, high little-endian, 16 bytes each, at any alignment.
// REQUIRES: out.size() >= probe codes * reference codes.
void CodeDistances(std::string_view probe_codes, std::string_view reference_codes,
                   absl::Span<uint8_t> out);
void CodeDistancesAt(CpuLevel level, std::string_view probe_codes, std::string_view reference_codes,
                     absl::Span<uint8_t> out);

void CodeDistancesScalar(std::string_view probe_codes, std::string_view reference_codes,
                         absl::Span<uint8_t> out);
void CodeDistancesAvx2(std::string_view probe_codes, std::string_view reference_codes,
                       absl::Span<uint8_t> out);
void CodeDistancesAvx512(std::string_view probe_codes, std::string_view reference_codes,
                         absl::Span<uint8_t> out);

}  // namespace distinct::kernels
