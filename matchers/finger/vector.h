// A finger as one point: the first stage of a search compares these, one byte a dimension.
//
//   codes -> how near each lies to 512 words, summed over the minutiae -> roots, length 1
//         -> 128 discriminants -> length 1 -> int8
//
// Vocabulary after Sivic and Zisserman, "Video Google", ICCV 2003; discriminants after Fisher,
// 1936. Fitted to generated prints by tools/training/fit_vector.py; measured by
// tests/matchers/finger/vector_test.cc and decisions/0003. 3.2 M multiply-adds a template: who
// keeps templates keeps their vectors with them, as an extension (FORMAT.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matchers/finger/template.h"

namespace distinct::finger {

inline constexpr int kVectorDimensions = 128;
inline constexpr float kVectorScale = 127;  // a unit vector times this, rounded to int8

// Pure, thread-safe, as all below. REQUIRES for all: ValidateTemplate(bytes) is OK, and the
// template has codes.

// The vector that the template keeps, if it is of these weights; else made of the codes.
std::vector<int8_t> FingerVector(TemplateView view);
// The same template, keeping its vector: made of the codes, whatever it kept before.
std::string KeepVector(std::string_view bytes);

}  // namespace distinct::finger
