// Fingerprints at one resolution: features are measured in pixels at 500 dpi.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matchers/image/image.h"

namespace distinct::image {

inline constexpr double kDpiMin = 250;  // below, ridges 0.2 mm apart have no two pixels each
inline constexpr double kDpiMax = 2000;
inline constexpr double kTargetDpi = 500;  // ISO/IEC 19794-4 and ANSI/NIST-ITL: level 31 capture

// INVALID_ARGUMENT: a resolution outside kDpiMin to kDpiMax.
absl::Status CheckDpi(double dpi);

// Resamples a picture of true resolution `dpi` to `target_dpi`: averaging areas when it shrinks,
// since skipped pixels would alias ridges; bicubic when it grows. Within 0.5 % the pixels stay as
// they are: over a 20 mm print that is two pixels, less than skin moves. The result's `dpi` is
// `target_dpi`. Pure, thread-safe.
// INVALID_ARGUMENT: see CheckDpi().
absl::StatusOr<GreyImage> ToResolution(GreyImage picture, double dpi,
                                       double target_dpi = kTargetDpi);

}  // namespace distinct::image
