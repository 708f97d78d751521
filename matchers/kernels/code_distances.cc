#include "matchers/kernels/code_distances.h"

#include "matchers/check.h"

namespace distinct::kernels {
namespace {

using DistancesFunction = void (*)(std::string_view, std::string_view, absl::Span<uint8_t>);
constexpr PerLevel<DistancesFunction> kDistances = {CodeDistancesScalar, CodeDistancesAvx2,
                                                    CodeDistancesAvx512};
constexpr size_t kCodeBytes = 16;

}  // namespace

void CodeDistancesAt(CpuLevel level, std::string_view probe_codes, std::string_view reference_codes,
                     absl::Span<uint8_t> out) {
  CHECK(probe_codes.size() % kCodeBytes == 0 && reference_codes.size() % kCodeBytes == 0);
  CHECK(out.size() >= probe_codes.size() / kCodeBytes * (reference_codes.size() / kCodeBytes));
  kDistances.At(level)(probe_codes, reference_codes, out);
}

void CodeDistances(std::string_view probe_codes, std::string_view reference_codes,
                   absl::Span<uint8_t> out) {
  CodeDistancesAt(ActiveLevel(), probe_codes, reference_codes, out);
}

}  // namespace distinct::kernels
