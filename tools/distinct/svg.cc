#include "tools/distinct/svg.h"

#include <cmath>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "tools/distinct/html.h"

namespace distinct::cli {

std::string SvgOpen(double width, double height, std::string_view what) {
  char view[96];
  std::snprintf(view, sizeof view, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
                width, height);
  return absl::StrCat(view, EscapeHtml(what), "\">");
}

std::string SvgText(double x, double y, std::string_view anchor, std::string_view text) {
  char place[96];
  std::snprintf(place, sizeof place, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"", x, y);
  return absl::StrCat(place, std::string(anchor), "\">", EscapeHtml(text), "</text>");
}

std::string SvgLine(double x1, double y1, double x2, double y2, std::string_view css_class) {
  char text[128];
  std::snprintf(text, sizeof text, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"",
                x1, y1, x2, y2);
  return absl::StrCat(text, std::string(css_class), "\"/>");
}

double RoundStep(double span) {
  const double rough = span / 8, power = std::pow(10, std::floor(std::log10(rough)));
  const double digit = rough / power;
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

}  // namespace distinct::cli
