#include "tools/distinct/line_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "tools/distinct/svg.h"

namespace distinct::cli {
namespace {

// The plot is about as high as wide; the legend has the rest of the page's width.
constexpr double kWidth = 900, kHeight = 520, kLeft = 62, kRight = 610, kTop = 12, kBottom = 468;
constexpr double kLegend = 632, kLegendLine = 40;
// What a reader can tell apart: nearer points of a staircase are left out.
constexpr double kStepMin = 0.25;

struct Tick {
  double at = 0;
  bool faint = false;  // without a number
};

std::vector<Tick> Ticks(const Axis& axis) {
  std::vector<Tick> ticks;
  if (!axis.logarithmic) {
    const double step = RoundStep(axis.high - axis.low);
    const auto first = std::lround(std::ceil(axis.low / step - 1e-9));
    const auto last = std::lround(std::floor(axis.high / step + 1e-9));
    for (auto i = first; i <= last; ++i) ticks.push_back({static_cast<double>(i) * step, false});
    return ticks;
  }
  const auto first = std::lround(std::floor(std::log10(axis.low) + 1e-9));
  const auto last = std::lround(std::floor(std::log10(axis.high) + 1e-9));
  for (auto decade = first; decade <= last; ++decade) {
    for (int digit = 1; digit < 10; ++digit) {
      const double at = digit * std::pow(10.0, static_cast<double>(decade));
      if (at < axis.low * (1 - 1e-9) || at > axis.high * (1 + 1e-9)) continue;
      ticks.push_back({at, digit > 1});
    }
  }
  return ticks;
}

// Where on the axis, 0 to 1.
double Place(const Axis& axis, double value) {
  const double inside = std::clamp(value, axis.low, axis.high);
  return axis.logarithmic ? std::log(inside / axis.low) / std::log(axis.high / axis.low)
                          : (inside - axis.low) / (axis.high - axis.low);
}

class Plot {
 public:
  Plot(const Axis& x, const Axis& y) : x_(x), y_(y) {}

  std::string Grid() const;
  std::string Draw(const Curve& curve) const;

 private:
  double X(double value) const { return kLeft + Place(x_, value) * (kRight - kLeft); }
  double Y(double value) const { return kBottom - Place(y_, value) * (kBottom - kTop); }

  const Axis& x_;
  const Axis& y_;
};

std::string Plot::Grid() const {
  std::string svg;
  char number[32];
  for (const bool faint : {true, false}) {  // strong lines over faint ones
    for (const Tick& tick : Ticks(x_)) {
      if (tick.faint != faint) continue;
      svg += SvgLine(X(tick.at), kTop, X(tick.at), kBottom, faint ? "faint" : "grid");
      std::snprintf(number, sizeof number, "%g", tick.at);
      if (!faint) svg += SvgText(X(tick.at), kBottom + 17, "middle", number);
    }
    for (const Tick& tick : Ticks(y_)) {
      if (tick.faint != faint) continue;
      svg += SvgLine(kLeft, Y(tick.at), kRight, Y(tick.at), faint ? "faint" : "grid");
      std::snprintf(number, sizeof number, "%g", tick.at);
      if (!faint) svg += SvgText(kLeft - 8, Y(tick.at) + 4, "end", number);
    }
  }
  svg += SvgText((kLeft + kRight) / 2, kBottom + 40, "middle", x_.title);
  char turn[96];
  std::snprintf(turn, sizeof turn, "<g transform=\"translate(14 %.1f) rotate(-90)\">",
                (kTop + kBottom) / 2);
  return svg + turn + SvgText(0, 0, "middle", y_.title) + "</g>";
}

std::string Plot::Draw(const Curve& curve) const {
  std::string path;
  double before_x = -1, before_y = -1;
  for (const ChartPoint& point : curve.points) {
    const double x = X(point.x), y = Y(point.y);
    if (std::abs(x - before_x) < kStepMin && std::abs(y - before_y) < kStepMin) continue;
    char text[48];
    std::snprintf(text, sizeof text, "%c%.1f %.1f", path.empty() ? 'M' : 'L', x, y);
    path += text;
    before_x = x;
    before_y = y;
  }
  const std::string css = "curve " + curve.css_class;
  std::string svg = absl::StrCat("<path class=\"", css, "\" d=\"", path, "\"/>");
  for (const ChartBar& bar : curve.bars) {
    constexpr double kCap = 5;
    const double x = X(bar.x), low = Y(bar.low), high = Y(bar.high);
    svg += SvgLine(x, low, x, high, css) + SvgLine(x - kCap, low, x + kCap, low, css) +
           SvgLine(x - kCap, high, x + kCap, high, css);
  }
  return svg;
}

std::string Legend(const std::vector<Curve>& curves) {
  std::string svg;
  double y = kTop + 14;
  for (const Curve& curve : curves) {
    if (curve.name.empty()) continue;
    svg += SvgLine(kLegend, y - 4, kLegend + 26, y - 4, "curve " + curve.css_class);
    svg += SvgText(kLegend + 36, y, "start", curve.name);
    svg += SvgText(kLegend + 36, y + 15, "start", curve.note);
    y += kLegendLine;
  }
  return svg;
}

}  // namespace

std::string CurveClass(size_t index) {
  static constexpr std::array<const char*, 6> kClasses = {"one",  "two",  "three",
                                                          "four", "five", "six"};
  return absl::StrCat(kClasses[index % kClasses.size()], index < kClasses.size() ? "" : " again");
}

std::string LineChartSvg(const std::vector<Curve>& curves, const Axis& x, const Axis& y) {
  const auto named = std::count_if(curves.begin(), curves.end(),
                                   [](const Curve& curve) { return !curve.name.empty(); });
  const double height = std::max(kHeight, kTop + kLegendLine * static_cast<double>(named + 1));
  std::string svg = SvgOpen(kWidth, height, y.title + " against " + x.title);
  const Plot plot(x, y);
  svg += plot.Grid();
  for (const Curve& curve : curves) svg += plot.Draw(curve);
  return svg + Legend(curves) + "</svg>\n";
}

}  // namespace distinct::cli
