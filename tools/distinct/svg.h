// What every chart is made of. Places are in the units of the chart's viewBox, y downwards.
#pragma once

#include <string>
#include <string_view>

namespace distinct::cli {

// The opening tag; the chart ends it with "</svg>". `what`: for those who do not see it.
std::string SvgOpen(double width, double height, std::string_view what);

// `anchor`: "start", "middle" or "end"; `text` is escaped.
std::string SvgText(double x, double y, std::string_view anchor, std::string_view text);

std::string SvgLine(double x1, double y1, double x2, double y2, std::string_view css_class);

// A round step that gives about eight ticks on an axis of this span.
double RoundStep(double span);

}  // namespace distinct::cli
