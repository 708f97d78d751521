// Where the minutiae of a print are: a fully convolutional network's answer, cell by cell.
//
//   context (250 dpi) -> 12 integer convolutions down to 1/8 of it and back -> cells of 8 x 8 px
//   -> presence, place in the cell, direction, type, finger or not -> the strongest of each place
//
// It learned from generated prints, whose minutiae are known exactly (WEIGHTS.md): wet, dry,
// cracked and smeared skin, several sensors. 11,000 multiply-adds a context pixel. Presence after
// Zhou, Wang and Kraehenbuehl, "Objects as points", 2019.
#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "matchers/finger/template.h"

namespace distinct::finger {

inline constexpr int kCellPx = 8;             // at 500 dpi
inline constexpr float kPresenceSure = 0.4F;  // from here on, a minutia

struct FoundMinutiae {
  std::vector<Minutia> minutiae;  // most certain first; quality: 100 x presence; without codes
  cv::Mat1f presence;             // of a minutia, a value a cell, [0, 1]
  cv::Mat1f finger;               // of skin in contact, a value a cell, [0, 1]
};

// Owns the network's state: thread-compatible, one an extractor.
class MinutiaNetwork {
 public:
  MinutiaNetwork();
  ~MinutiaNetwork();
  MinutiaNetwork(MinutiaNetwork&&) noexcept;
  MinutiaNetwork& operator=(MinutiaNetwork&&) noexcept;

  // `context`: ContextMaker::Make() of a picture of any size. Minutiae of at least
  // `least_presence`.
  FoundMinutiae Find(const cv::Mat_<int8_t>& context, float least_presence);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string MinutiaNetworkName();

}  // namespace distinct::finger
