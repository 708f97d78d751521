#include "matchers/finger/skeleton.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace distinct::finger {
namespace {

// A dot between ridges and a pore in one are smaller than a period squared / 3 (27 at 9 px).
constexpr int kSpeckPx = 24;
constexpr int kRim = 2;

void FlipSmallParts(cv::Mat1b& binary, uint8_t from, uint8_t to) {
  const cv::Mat1b part(binary == from);
  cv::Mat1i labels, stats;
  cv::Mat1d centres;
  const int n =
      cv::connectedComponentsWithStats(part, labels, stats, centres, from != 0 ? 8 : 4, CV_32S);
  std::vector<uint8_t> small(static_cast<size_t>(n), 0);
  for (int i = 1; i < n; ++i) {
    small[static_cast<size_t>(i)] = stats(i, cv::CC_STAT_AREA) < kSpeckPx ? 1 : 0;
  }
  for (int y = 0; y < binary.rows; ++y) {
    const int* label = labels.ptr<int>(y);
    uint8_t* row = binary.ptr<uint8_t>(y);
    for (int x = 0; x < binary.cols; ++x) {
      if (small[static_cast<size_t>(label[x])] != 0) row[x] = to;
    }
  }
}

// Bit k of the index: neighbour k, clockwise from north. Bit p of the value: the pixel goes in
// sub-pass p.
std::array<uint8_t, 256> MakeTable() {
  std::array<uint8_t, 256> table{};
  for (unsigned int n = 0; n < 256; ++n) {
    std::array<bool, 8> p{};
    int count = 0;
    int rises = 0;
    for (unsigned int k = 0; k < 8; ++k) p[k] = (n >> k & 1U) != 0;
    for (unsigned int k = 0; k < 8; ++k) {
      count += p[k] ? 1 : 0;
      rises += !p[k] && p[(k + 1) % 8] ? 1 : 0;
    }
    if (count < 2 || count > 6 || rises != 1) continue;
    const bool north = p[0];
    const bool east = p[2];
    const bool south = p[4];
    const bool west = p[6];
    if (!(north && east && south) && !(east && south && west)) table[n] |= 1;
    if (!(north && east && west) && !(north && south && west)) table[n] |= 2;
  }
  return table;
}

void Thin(cv::Mat1b& b) {
  static const std::array<uint8_t, 256> kTable = MakeTable();
  const auto w = static_cast<std::ptrdiff_t>(b.step1());
  uint8_t* data = b.ptr<uint8_t>();
  std::vector<int> alive, leaving;
  for (int y = 1; y < b.rows - 1; ++y) {
    for (int x = 1; x < b.cols - 1; ++x) {
      if (b(y, x) != 0) alive.push_back(static_cast<int>(y * w) + x);
    }
  }
  const auto neighbours = [&](int at) {
    const uint8_t* p = data + at;
    return static_cast<unsigned int>(p[-w] | p[-w + 1] << 1 | p[1] << 2 | p[w + 1] << 3 |
                                     p[w] << 4 | p[w - 1] << 5 | p[-1] << 6 | p[-w - 1] << 7);
  };
  bool changed = true;
  while (changed) {
    changed = false;
    for (const uint8_t pass : {uint8_t{1}, uint8_t{2}}) {
      leaving.clear();
      for (int at : alive) {
        if ((kTable[neighbours(at)] & pass) != 0) leaving.push_back(at);
      }
      for (int at : leaving) data[at] = 0;
      if (!leaving.empty()) {
        changed = true;
        std::erase_if(alive, [&](int at) { return data[at] == 0; });
      }
    }
  }
}

}  // namespace

cv::Mat1b Skeletonise(const cv::Mat1f& ridge, const cv::Mat1b& mask) {
  cv::Mat1b binary((ridge > 0) & mask);
  FlipSmallParts(binary, 255, 0);
  FlipSmallParts(binary, 0, 255);
  binary &= mask;
  binary /= 255;
  if (binary.rows <= 2 * kRim || binary.cols <= 2 * kRim) {
    binary.setTo(0);
    return binary;
  }
  const cv::Rect inner(kRim, kRim, binary.cols - 2 * kRim, binary.rows - 2 * kRim);
  cv::Mat1b framed(binary.size(), 0);
  binary(inner).copyTo(framed(inner));
  Thin(framed);
  return framed;
}

}  // namespace distinct::finger
