// What the face recipe saw, for people: `distinct extract` writes it.
// Specified by tests/matchers/face/face_test.cc.
#pragma once

#include <string>

#include "matchers/face/extraction.h"

namespace distinct::face {

// A PNG of the upright picture with the chosen face's box and its five points. Pure, thread-safe.
std::string DrawFace(const FoundFace& found);

}  // namespace distinct::face
