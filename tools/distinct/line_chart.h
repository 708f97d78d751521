// Curves over two axes, linear or logarithmic, as inline SVG in the look of html.h.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace distinct::cli {

struct ChartPoint {
  double x = 0;
  double y = 0;
};

// An upright bar: from where to where the truth behind one point of a curve may lie.
struct ChartBar {
  double x = 0;
  double low = 0;
  double high = 0;
};

struct Curve {
  std::string name;       // empty: not in the legend
  std::string note;       // a second line of the legend
  std::string css_class;  // "all", "guide", or CurveClass()
  std::vector<ChartPoint> points;
  std::vector<ChartBar> bars;
};

// Places outside [low, high] are drawn at the edge. REQUIRES: low < high; logarithmic: 0 < low.
struct Axis {
  std::string title;
  double low = 0;
  double high = 0;
  bool logarithmic = false;
};

// Six colours, then the same dashed.
std::string CurveClass(size_t index);

// Grid lines at decades (with fainter ones at 2 to 9) or round steps; the legend on the right.
std::string LineChartSvg(const std::vector<Curve>& curves, const Axis& x, const Axis& y);

}  // namespace distinct::cli
