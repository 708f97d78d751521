#include "tools/distinct/eval_charts.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/distinct/det_curve.h"
#include "tools/distinct/eval_report.h"
#include "tools/distinct/eval_text.h"
#include "tools/distinct/html.h"
#include "tools/distinct/line_chart.h"
#include "tools/distinct/pool.h"

namespace distinct::cli {
namespace {

constexpr int kDiscardSteps = 120;
constexpr double kDiscardMax = 0.3;

double DiscardedAt(int step) { return kDiscardMax * step / kDiscardSteps; }

// From one false match on: further left these pairs say nothing.
std::vector<ChartPoint> Staircase(const std::vector<DetPoint>& det, uint64_t nonmated) {
  const double fmr_min = 1 / static_cast<double>(nonmated);
  std::vector<ChartPoint> points;
  for (const DetPoint& corner : det) {
    const double x = 100 * std::max(corner.fmr, fmr_min);
    if (!points.empty()) points.push_back({x, points.back().y});
    points.push_back({x, 100 * corner.fnmr});
  }
  if (!points.empty()) points.push_back({100, points.back().y});
  return points;
}

std::vector<ChartBar> Bars(const Json& figures) {
  std::vector<ChartBar> bars;
  const auto nonmated = figures["nonmated"].get<uint64_t>();
  for (size_t i = 0; i < kFmrNames.size(); ++i) {
    const Json& interval = figures["ci95"]["fnmr_at_fmr"][kFmrNames[i]];
    if (!interval.is_array() || nonmated < kFmrDenominators[i]) continue;
    bars.push_back({100 / static_cast<double>(kFmrDenominators[i]), 100 * interval[0].get<double>(),
                    100 * interval[1].get<double>()});
  }
  return bars;
}

Curve DetOf(absl::Span<const SetScores> sets, const Json& figures) {
  const ScoredPairs pairs = Pool(sets);
  Curve curve;
  curve.points =
      Staircase(DetCurve(Weighted(pairs.mated), Weighted(pairs.nonmated)), pairs.nonmated.size());
  curve.note = absl::StrCat("EER ", Percent(figures["eer"]), " %, FNMR ",
                            Percent(figures["fnmr_at_fmr"]["1e-3"]), " %");
  return curve;
}

// The decade that holds one pair of so many.
double LowestDecade(const Json& pairs) {
  const auto count = std::max(10.0, pairs.get<double>());
  return std::pow(10.0, std::floor(2 - std::log10(count)));
}

std::vector<double> FiniteScores(const std::vector<IdentifiedScore>& scores) {
  std::vector<double> values;
  for (const IdentifiedScore& s : scores) {
    if (std::isfinite(s.score)) values.push_back(s.score);
  }
  return values;
}

// Were quality to know every failure: each pair left out is a miss, until none is left.
std::vector<ChartPoint> PerfectDiscard(double fnmr) {
  std::vector<ChartPoint> points;
  points.reserve(kDiscardSteps + 1);
  for (int step = 0; step <= kDiscardSteps; ++step) {
    const double d = DiscardedAt(step);
    points.push_back({100 * d, 100 * std::max(0.0, fnmr - d) / (1 - d)});
  }
  return points;
}

}  // namespace

std::string DetChart(const Evaluation& evaluation, const Json& report) {
  const Axis fmr{"false matches: FMR, %", LowestDecade(report["pooled"]["nonmated"]), 100, true};
  const Axis fnmr{"mated pairs missed: FNMR, %", LowestDecade(report["pooled"]["mated"]), 100,
                  true};
  const double corner = std::max(fmr.low, fnmr.low);
  std::vector<Curve> curves = {{"", "", "guide", {{corner, corner}, {100, 100}}, {}}};
  const bool several = evaluation.sets.size() > 1;
  if (several) {
    Curve all = DetOf(evaluation.sets, report["pooled"]);
    all.name = "all sets, one threshold";
    all.css_class = "all";
    all.bars = Bars(report["pooled"]);
    curves.push_back(std::move(all));
  }
  for (size_t s = 0; s < evaluation.sets.size(); ++s) {
    Curve of_set = DetOf({&evaluation.sets[s], 1}, report["sets"][s]);
    of_set.name = evaluation.sets[s].set.name;
    of_set.css_class = CurveClass(s);
    if (!several) of_set.bars = Bars(report["pooled"]);
    curves.push_back(std::move(of_set));
  }
  return LineChartSvg(curves, fmr, fnmr);
}

std::string ScoreChart(const Evaluation& evaluation, const Json& pooled) {
  const ScoredPairs pairs = Pool(evaluation.sets);
  const std::vector<Series> series = {{"non-mated", "nonmated", FiniteScores(pairs.nonmated)},
                                      {"mated", "mated", FiniteScores(pairs.mated)}};
  double low = 0, high = 1e-6;
  for (const Series& s : series) {
    for (const double value : s.values) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  std::vector<Mark> marks;
  for (const auto& [fmr, name] :
       {std::pair("1e-3", "FMR 0.1 %"), std::pair("1e-4", "FMR 0.01 %")}) {
    const Json& threshold = pooled["threshold_at_fmr"][fmr];
    if (threshold.is_number()) {
      const auto at = threshold.get<double>();
      marks.push_back({at, absl::StrCat(name, ": ", Decimal(at, 4))});
    }
  }
  return HistogramSvg(series, marks, low, high, "comparison score");
}

std::string DiscardChart(const Evaluation& evaluation, const Json& report) {
  const Json& threshold = report["pooled"]["threshold_at_fmr"][kFmrNames[kDiscardFmrIndex]];
  if (!threshold.is_number()) return "";
  const DiscardCurve discard = DiscardOf(Pool(evaluation.sets), threshold.get<float>());
  const double fnmr = discard.FnmrAt(0).value_or(0);
  Curve measured{"measured", "by rising quality", "all", {}, {}};
  double high = fnmr;
  for (int step = 0; step <= kDiscardSteps; ++step) {
    const double d = DiscardedAt(step);
    const double at = discard.FnmrAt(d).value_or(0);
    high = std::max(high, at);
    measured.points.push_back({100 * d, 100 * at});
  }
  const Curve level{"a quality that knows nothing",
                    "pairs left out at random",
                    "two",
                    {{0, 100 * fnmr}, {100 * kDiscardMax, 100 * fnmr}},
                    {}};
  const Curve perfect{"a quality that knows every failure",
                      "each pair left out is a miss",
                      "guide",
                      PerfectDiscard(fnmr),
                      {}};
  return LineChartSvg({level, perfect, measured},
                      {"mated pairs left out, %", 0, 100 * kDiscardMax, false},
                      {"FNMR, %", 0, std::max(0.1, 115 * high), false});
}

}  // namespace distinct::cli
