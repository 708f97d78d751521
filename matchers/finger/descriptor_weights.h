// The descriptor network's weights as the build embeds them: descriptor_weights.bin, WEIGHTS.md.
#pragma once

#include <string_view>

namespace distinct::finger {

std::string_view DescriptorWeights();

}  // namespace distinct::finger
