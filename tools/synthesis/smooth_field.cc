#include "tools/synthesis/smooth_field.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace distinct::synthesis {
namespace {

// The B-spline mix of unit white noise has a variance of about 0.23; this restores 1.
constexpr float kGain = 2.1f;

std::array<float, 4> SplineWeights(float t) {
  const float s = 1 - t;
  return {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
          (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6, t * t * t / 6};
}

}  // namespace

SmoothField::SmoothField(Random& random, int width_px, int height_px, float spacing_px,
                         float amplitude)
    : spacing_px_(spacing_px), offset_x_(random.Uniform()), offset_y_(random.Uniform()) {
  columns_ = static_cast<int>(static_cast<float>(width_px) / spacing_px) + 5;
  rows_ = static_cast<int>(static_cast<float>(height_px) / spacing_px) + 5;
  grid_.resize(static_cast<size_t>(columns_) * static_cast<size_t>(rows_));
  for (float& value : grid_) value = random.Gaussian() * amplitude * kGain;
}

float SmoothField::At(float x_px, float y_px) const {
  if (is_zero()) return 0;
  const float column =
      std::clamp(x_px / spacing_px_ + offset_x_, 0.0f, static_cast<float>(columns_) - 3.001f);
  const float row =
      std::clamp(y_px / spacing_px_ + offset_y_, 0.0f, static_cast<float>(rows_) - 3.001f);
  const int first_column = static_cast<int>(column), first_row = static_cast<int>(row);
  const auto across = SplineWeights(column - static_cast<float>(first_column));
  const auto down = SplineWeights(row - static_cast<float>(first_row));
  float sum = 0;
  for (int j = 0; j < 4; ++j) {
    const float* cells = &grid_[static_cast<size_t>((first_row + j) * columns_ + first_column)];
    for (int i = 0; i < 4; ++i)
      sum += down[static_cast<size_t>(j)] * across[static_cast<size_t>(i)] * cells[i];
  }
  return sum;
}

void SmoothField::Row(int y_px, std::vector<float>& scratch, std::vector<float>& values) const {
  if (is_zero()) {
    std::fill(values.begin(), values.end(), 0.0f);
    return;
  }
  const float row = static_cast<float>(y_px) / spacing_px_ + offset_y_;
  const int first_row = static_cast<int>(row);
  const auto down = SplineWeights(row - static_cast<float>(first_row));
  scratch.resize(static_cast<size_t>(columns_));
  const float* cells = &grid_[static_cast<size_t>(first_row * columns_)];
  for (int i = 0; i < columns_; ++i) {
    scratch[static_cast<size_t>(i)] = down[0] * cells[i] + down[1] * cells[columns_ + i] +
                                      down[2] * cells[2 * columns_ + i] +
                                      down[3] * cells[3 * columns_ + i];
  }
  // Cell by cell the spline is one cubic; its coefficients are made once for all pixels in it.
  const int width = static_cast<int>(values.size());
  const float step = 1 / spacing_px_;
  for (int x = 0, cell = 0; x < width; ++cell) {
    const float begin = (static_cast<float>(cell + 1) - offset_x_) * spacing_px_;
    const int end = std::min(width, static_cast<int>(std::ceil(begin)));
    const float* p = &scratch[static_cast<size_t>(cell)];
    const float c0 = (p[0] + 4 * p[1] + p[2]) / 6, c1 = (p[2] - p[0]) / 2;
    const float c2 = (p[0] - 2 * p[1] + p[2]) / 2, c3 = (p[3] - p[0] + 3 * (p[1] - p[2])) / 6;
    const float start = offset_x_ - static_cast<float>(cell);
    for (; x < end; ++x) {
      const float t = static_cast<float>(x) * step + start;
      values[static_cast<size_t>(x)] = ((c3 * t + c2) * t + c1) * t + c0;
    }
  }
}

}  // namespace distinct::synthesis
