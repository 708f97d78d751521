// Templates of a generated person (tools/synthesis/people.h) as an enrolment brings them.
#pragma once

#include <cstdint>
#include <vector>

#include "matchers/modality.h"
#include "tools/synthesis/people.h"

namespace distinct::bench {

// The fingers that a registry with six-finger capture takes: both thumbs, index and middle fingers.
std::vector<Template> SixFingers(const synthesis::People& people, uint64_t person,
                                 uint32_t impression);

}  // namespace distinct::bench
