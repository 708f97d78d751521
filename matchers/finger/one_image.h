// Were two finger templates made of one image? Two captures of a finger differ: skin stretches and
// turns, so that after the best shift only some minutiae lie on their counterparts. The same image,
// encoded anew, cropped or padded, has most of them where they were, described as they were.
#pragma once

#include "matchers/finger/template.h"

namespace distinct::finger {

// The largest share of the smaller template's minutiae that lie within two pixels of one of the
// other's with the same direction and all but the same code, of all shifts of the one against the
// other. In [0, 1]. About 10 us. REQUIRES: both have codes.
float ShareInPlace(TemplateView a, TemplateView b);

// Above every mated pair of the six FVC sets: engine/enrolment/decisions/0002-findings.md.
inline constexpr float kOneImageShareMin = 0.65F;

}  // namespace distinct::finger
