// Pixels to PNG and JPEG, for reports and for tools that draw what a stage saw.
#pragma once

#include <string>

#include "matchers/image/image.h"
#include "matchers/stage_sink.h"

namespace distinct::image {

// A whole PNG file, compressed quickly rather than well (zlib level 1). Pure, thread-safe.
// REQUIRES: a picture of at least 1 x 1 px.
std::string EncodePng(GreyView picture);
std::string EncodePng(const BgrImage& picture);

// A whole JPEG file, for pictures too noisy to be small as PNG. `quality` in [1, 100].
std::string EncodeJpeg(GreyView picture, int quality);

}  // namespace distinct::image
