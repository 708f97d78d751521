#include "matchers/kernels/oriented_filter.h"

namespace distinct::kernels {
namespace {

using FilterFunction = void (*)(const OrientedFilterTask&);
constexpr PerLevel<FilterFunction> kFilter = {FilterOrientedScalar, FilterOrientedAvx2,
                                              FilterOrientedAvx512};

}  // namespace

void FilterOrientedAt(CpuLevel level, const OrientedFilterTask& task) { kFilter.At(level)(task); }

void FilterOriented(const OrientedFilterTask& task) { FilterOrientedAt(ActiveLevel(), task); }

}  // namespace distinct::kernels
