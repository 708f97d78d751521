// The finger modality: extraction.h, comparison.h, vector.h and calibration.h behind modality.h.
#pragma once

#include <memory>

#include "matchers/modality.h"

namespace distinct::finger {

std::unique_ptr<Modality> CreateFingerModality();

}  // namespace distinct::finger
