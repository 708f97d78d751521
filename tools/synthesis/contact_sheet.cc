#include "tools/synthesis/contact_sheet.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <vector>

#include "matchers/image/caption.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"

namespace distinct::synthesis {
namespace {

constexpr int kGapPx = 4;
constexpr int kBlockGapPx = 24;
constexpr int kTileWidthPx = kImpressionWidthPx / 2;
constexpr int kTileHeightPx = kImpressionHeightPx / 2;
constexpr int kRowHeightPx = image::kCaptionHeightPx + kTileHeightPx;

struct SheetRow {
  const char* caption;
  Severity severity;
  Condition condition;
};

template <typename Change>
SheetRow Fault(const char* caption, Change change) {
  constexpr Severity kLittle{0.2f};
  SheetRow row{caption, kLittle, Faultless()};
  row.condition.sensor = SensorKind::kOptical;
  row.condition.contrast = 0.85f;
  change(row.condition);
  return row;
}

SheetRow Sensed(const char* caption, SensorKind kind) {
  constexpr Severity kSensorsOwn{0.7f};
  SheetRow row{caption, kSensorsOwn, Faultless()};
  row.condition.sensor = kind;
  row.condition.distortion = 0.2f;
  return row;
}

std::vector<SheetRow> Rows() {
  using C = Condition;
  return {
      {"severity 0: nothing but the skin's own pores and creases", {0}, {}},
      {"severity 0.4: an operator guides the finger", {0.4f}, {}},
      {"severity 0.7: a hurried operator", {0.7f}, {}},
      {"severity 1: volunteers told to press, twist and dry", {1}, {}},
      Sensed("sensor: optical, plain light ground", SensorKind::kOptical),
      Sensed("sensor: optical with a lit window, texture, glare", SensorKind::kWindow),
      Sensed("sensor: capacitive, speckle, fixed rows and columns", SensorKind::kCapacitive),
      Sensed("sensor: sweep, bands where slices join", SensorKind::kSweep),
      Fault("light: pressure -0.9, thin ridges", [](C& c) { c.pressure = -0.9f; }),
      Fault("dry: dryness 0.8, ridges broken", [](C& c) { c.dryness = 0.8f; }),
      Fault("cracked: cracks 0.8, a net of fine lines", [](C& c) { c.cracks = 0.8f; }),
      Fault("heavy: pressure 1, thick ridges", [](C& c) { c.pressure = 1; }),
      Fault("wet: wetness 1 and pressure 1.2, furrows filled",
            [](C& c) { c.wetness = 1, c.pressure = 1.2f; }),
      Fault("blotted: blots 0.8, drops and smears", [](C& c) { c.blots = 0.8f; }),
      Fault("worn: noise 0.6, ridges rubbed away", [](C& c) { c.noise = 0.6f; }),
      Fault("scratched: scratches 1", [](C& c) { c.scratches = 1; }),
      Fault("distorted: distortion 1, turned and stretched", [](C& c) { c.distortion = 1; }),
      Fault("small: reach 0.45, a fingertip", [](C& c) { c.reach = 0.45f; }),
      Fault("faint: contrast 0.15", [](C& c) { c.contrast = 0.15f; }),
      Fault("residue 0.4: an earlier finger's print", [](C& c) { c.residue = 0.4f; }),
  };
}

size_t At(int x, int y, int width_px) {
  return static_cast<size_t>(y) * static_cast<size_t>(width_px) + static_cast<size_t>(x);
}

void Paste(const image::GreyImage& tile, int left_px, int top_px, image::GreyImage& sheet) {
  for (int y = 0; y < tile.height_px; ++y) {
    const auto* row = &tile.pixels[At(0, y, tile.width_px)];
    std::copy(row, row + tile.width_px, &sheet.pixels[At(left_px, top_px + y, sheet.width_px)]);
  }
}

image::GreyImage Halved(const Impression& print) {
  image::GreyImage out{kTileWidthPx, kTileHeightPx, 0, {}};
  out.pixels.reserve(At(0, kTileHeightPx, kTileWidthPx));
  for (int y = 0; y < kTileHeightPx; ++y) {
    for (int x = 0; x < kTileWidthPx; ++x) {
      const uint8_t* p = &print.grey[At(2 * x, 2 * y, kImpressionWidthPx)];
      const int sum = p[0] + p[1] + p[kImpressionWidthPx] + p[kImpressionWidthPx + 1];
      out.pixels.push_back(static_cast<uint8_t>((sum + 2) / 4));
    }
  }
  return out;
}

std::vector<Master> Fingers(const ContactSheetOptions& options) {
  constexpr std::array kOrder = {
      Position::kRightIndex,  Position::kLeftIndex,  Position::kRightThumb, Position::kLeftThumb,
      Position::kRightMiddle, Position::kLeftMiddle, Position::kRightRing,  Position::kLeftRing,
      Position::kRightLittle, Position::kLeftLittle};
  MasterMaker maker;
  std::vector<Master> masters;
  for (size_t i = 0; i < static_cast<size_t>(options.fingers); ++i) {
    masters.push_back(maker.Make({options.seed, 0, kOrder.at(i)}));
  }
  return masters;
}

}  // namespace

image::GreyImage MakeContactSheet(const ContactSheetOptions& options) {
  constexpr int kBlocks = 2;  // of rows side by side, so that the sheet fits a screen
  const std::vector<SheetRow> rows = Rows();
  const std::vector<Master> fingers = Fingers(options);
  const auto count = static_cast<int>(rows.size());
  const int rows_a_block = (count + kBlocks - 1) / kBlocks;
  const int columns = options.fingers * options.impressions;
  const int block_width_px = columns * (kTileWidthPx + kGapPx);
  image::GreyImage sheet{
      kBlocks * block_width_px + kBlockGapPx, rows_a_block * kRowHeightPx, 0, {}};
  sheet.pixels.assign(At(0, sheet.height_px, sheet.width_px), 255);
  tbb::parallel_for(0, count, [&](int index) {
    const SheetRow& row = rows[static_cast<size_t>(index)];
    const int left_px = index / rows_a_block * (block_width_px + kBlockGapPx);
    const int top_px = index % rows_a_block * kRowHeightPx;
    Paste(image::Caption(row.caption, block_width_px), left_px, top_px, sheet);
    for (int column = 0; column < columns; ++column) {
      const Master& master = fingers[static_cast<size_t>(column / options.impressions)];
      const auto impression = static_cast<uint32_t>(column % options.impressions);
      Paste(Halved(MakeImpression(master, impression, row.severity, row.condition)),
            left_px + column * (kTileWidthPx + kGapPx), top_px + image::kCaptionHeightPx, sheet);
    }
  });
  return sheet;
}

}  // namespace distinct::synthesis
