// Minutiae records from outside: whatever the bytes, a refusal or a record within the standards'
// ranges, which our writer takes and our reader gives back unchanged.
#include "matchers/formats/minutiae_record.h"

#include <numbers>
#include <string_view>

#include "matchers/check.h"
#include "tests/fuzz/harness.h"

namespace distinct::fuzz {
namespace {

using formats::FingerView;
using formats::MinutiaeRecord;
using formats::RecordMinutia;

FingerView ViewOf(int position, int minutiae) {
  FingerView view{*PositionFromNumber(position), 1, 0, 60, {}};
  for (int i = 0; i < minutiae; ++i) {
    const auto f = static_cast<float>(i);
    view.minutiae.push_back({f, 300 - f, 0.02F * f, static_cast<uint8_t>(i % 101),
                             static_cast<RecordMinutia::Type>(i % 3)});
  }
  return view;
}

std::string IsoOf(std::vector<FingerView> views) {
  return formats::WriteIsoRecord({formats::RecordStandard::kIso2005, 388, 374, std::move(views)});
}

// The same bytes as ANSI 378-2004 has them: a shorter length, the product's number, directions
// below 180, and extended data of `extended` bytes behind the first view.
std::string AnsiOf(std::string iso, char extended) {
  for (size_t at = 28; at + 6 <= iso.size(); at += 6) iso[at + 4] = 77;
  std::string out = iso.substr(0, 8);
  iso.back() = extended;
  iso.append(static_cast<size_t>(extended), '\x05');
  const size_t bytes = iso.size() + 2;
  out.push_back(static_cast<char>(bytes >> 8));
  out.push_back(static_cast<char>(bytes & 0xFF));
  return out + std::string("\x00\x42\x00\x11", 4) + iso.substr(12);
}

void CheckRecord(const MinutiaeRecord& record) {
  CHECK(!record.views.empty() && record.width_px > 0 && record.height_px > 0);
  for (const FingerView& view : record.views) {
    CHECK(IsFinger(view.position) && view.quality <= 100);
    CHECK(view.minutiae.size() <= formats::kViewMinutiaeMax);
    for (const RecordMinutia& m : view.minutiae) {
      CHECK(m.x_px >= 0 && m.x_px < record.width_px && m.y_px >= 0 && m.y_px < record.height_px);
      CHECK(m.direction_rad >= 0 && m.direction_rad < 2 * std::numbers::pi_v<float>);
      CHECK(m.quality <= 100);
    }
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = {
      IsoOf({ViewOf(0, 0)}),
      IsoOf({ViewOf(2, 30)}),
      IsoOf({ViewOf(1, 4), ViewOf(1, 12), ViewOf(10, 25)}),
      IsoOf({ViewOf(7, formats::kViewMinutiaeMax)}),
      AnsiOf(IsoOf({ViewOf(3, 20)}), 0),
      AnsiOf(IsoOf({ViewOf(6, 45)}), 11),
  };
  for (const std::string& seed : seeds) CHECK(formats::ReadMinutiaeRecord(seed).ok());
  return seeds;
}

}  // namespace distinct::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using distinct::formats::ReadMinutiaeRecord;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const double dpi : {0.0, 569.0}) {
    const auto record = ReadMinutiaeRecord(bytes, dpi);
    if (!record.ok()) continue;
    CHECK(distinct::formats::IsMinutiaeRecord(bytes));
    distinct::fuzz::CheckRecord(*record);
    for (const distinct::Position position : distinct::kPositions) {
      const auto view = distinct::formats::ChooseView(*record, position);
      CHECK(!view.ok() || *view != nullptr);
    }
    const std::string written = distinct::formats::WriteIsoRecord(*record);
    const auto again = ReadMinutiaeRecord(written);
    CHECK(again.ok());
    CHECK(distinct::formats::WriteIsoRecord(*again) == written);
  }
  return 0;
}
