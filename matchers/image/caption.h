// A line of words as a picture, for contact sheets.
#pragma once

#include <string_view>

#include "matchers/image/image.h"

namespace distinct::image {

inline constexpr int kCaptionHeightPx = 22;

// Black on white, `width_px` x kCaptionHeightPx; what does not fit is cut off. ASCII. Pure.
GreyImage Caption(std::string_view text, int width_px);

}  // namespace distinct::image
