// The 128-bit descriptor of a minutia: signs of a small network's answer to the picture around it.
//
//   grey at 500 dpi -> 250 dpi, locally normalised -> 48 x 48 patch, turned so that the minutia
//   points right -> network (0.8 M parameters) -> 128 numbers -> signs
//
// The network was trained on generated prints only: WEIGHTS.md has its origin, layers and check. It
// runs in integers, so a patch has the same descriptor on every CPU: decisions/0004-integers.md.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "matchers/finger/context.h"
#include "matchers/types.h"

namespace distinct::finger {

inline constexpr int kDescriptorValues = 128;

using DescriptorValues = std::array<float, kDescriptorValues>;

// Bit i (of low, then high) is set where value i is positive.
Code SignsOf(const DescriptorValues& values);

// Owns the network's state: thread-compatible, one an extractor.
class DescriptorNetwork {
 public:
  DescriptorNetwork();
  ~DescriptorNetwork();
  DescriptorNetwork(DescriptorNetwork&&) noexcept;
  DescriptorNetwork& operator=(DescriptorNetwork&&) noexcept;

  // In the order of `patches`; a patch's values do not depend on the others.
  std::vector<DescriptorValues> Describe(absl::Span<const Patch> patches);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What status reports.
std::string DescriptorNetworkName();

}  // namespace distinct::finger
