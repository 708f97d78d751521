#include "tools/synthesis/contact_sheet.h"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "tools/synthesis/town.h"

namespace distinct::synthesis {
namespace {

constexpr int kGapPx = 4;

}  // namespace

ContactSheet MakeContactSheet(const ContactSheetOptions& options) {
  ContactSheet sheet{options.impressions * (kImpressionWidthPx + kGapPx),
                     options.fingers * (kImpressionHeightPx + kGapPx),
                     {}};
  sheet.grey.assign(static_cast<size_t>(sheet.width_px) * static_cast<size_t>(sheet.height_px),
                    128);
  tbb::parallel_for(0, options.fingers, [&](int finger) {
    const auto index = static_cast<uint64_t>(finger);
    const Master master = MakeMaster(
        {options.seed, index / kTenFingers.size(), kTenFingers[index % kTenFingers.size()]});
    for (int column = 0; column < options.impressions; ++column) {
      const Impression print =
          MakeImpression(master, static_cast<uint32_t>(column), options.severity);
      for (int y = 0; y < kImpressionHeightPx; ++y) {
        const auto* row = &print.grey[static_cast<size_t>(y * kImpressionWidthPx)];
        const int place = (finger * (kImpressionHeightPx + kGapPx) + y) * sheet.width_px +
                          column * (kImpressionWidthPx + kGapPx);
        std::copy(row, row + kImpressionWidthPx, &sheet.grey[static_cast<size_t>(place)]);
      }
    }
  });
  return sheet;
}

}  // namespace distinct::synthesis
