// Comparison of two fingerprint templates: is this one finger, and which minutiae say so?
//
//   code distances -> unique pairs, nearest first -> relaxation: do pairs agree in geometry?
//     -> mean of the best = L -> alignment by these pairs, all minutiae counted again = Q
//     -> score = L + Q / (overlap + 8)
//
// Where a template has no codes, cylinders take their place on both sides, and the score is what is
// worth as much between codes: one scale, one calibration.
//
// Prints turned by more than 1.75 rad (100 degrees) against one another do not pair.
//
// Method: local similarity assignment with relaxation from Cappelli, Ferrara and Maltoni,
// "Minutia Cylinder-Code", IEEE TPAMI 32(12), 2010, on learned codes instead of cylinders, then an
// alignment by the supported pairs. Constants and their measurements: decisions/0001.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "matchers/finger/alignment.h"
#include "matchers/finger/template.h"
#include "matchers/modality.h"

namespace distinct::finger {

// What a score is made of; reports and calibration read it.
struct ScoreParts {
  float relaxed = 0;  // L in [0, 1]: mean support of the best pairs
  float aligned = 0;  // Q: summed closeness of the pairs after alignment
  int aligned_pairs = 0;
  int overlap_probe = 0;  // minutiae with any of the other print within 45 px after alignment
  int overlap_reference = 0;
  float score = 0;
};

// Owns its data; the template's bytes may go. About 29 KB.
class FingerProbe final : public PreparedProbe {
 public:
  // REQUIRES: ValidateTemplate(bytes) is OK.
  explicit FingerProbe(std::string_view bytes);

  ComparisonScore Compare(std::string_view reference) const override;
  Explanation Explain(std::string_view reference) const override;
  ScoreParts Parts(std::string_view reference) const;

 private:
  static constexpr size_t kMax = kMinutiaeMax;

  // One template's geometry, structure of arrays.
  struct Geometry {
    int count = 0;
    std::array<float, kMax> x_px, y_px, cosine, sine;
    std::array<uint8_t, kMax> turn;  // direction in 1/256 turns
  };
  // Minutiae of probe and reference that were taken for one, with their support.
  struct Pairs {
    int count = 0;
    std::array<uint8_t, kMax> probe, reference;
    std::array<float, kMax> support;
  };
  struct Scratch;

  static Geometry Read(TemplateView view);
  void Measure(TemplateView view, const Geometry& reference, Scratch& scratch) const;
  void PairNearest(const Geometry& reference, Scratch& scratch, Pairs& pairs) const;
  void Relax(const Geometry& reference, Pairs& pairs, Scratch& scratch) const;
  size_t CollectAligned(const Geometry& reference, const Alignment& alignment, Scratch& scratch,
                        ScoreParts& parts) const;
  static void PairAligned(size_t reference_count, size_t found, Scratch& scratch,
                          ScoreParts& parts);
  void Align(const Geometry& reference, const Pairs& best, Scratch& scratch,
             ScoreParts& parts) const;
  ScoreParts Run(std::string_view reference, Scratch& scratch) const;

  bool has_codes_;
  std::array<char, kMax * TemplateView::kCodeBytes> codes_;
  Geometry geometry_;
  // From minutia t to k: distance, and bearing relative to t's direction as cosine and sine.
  std::array<float, kMax * kMax> distance_px_, bearing_cosine_, bearing_sine_;
};

}  // namespace distinct::finger
