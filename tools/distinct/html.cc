#include "tools/distinct/html.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tools/distinct/svg.h"

namespace distinct::cli {
namespace {

constexpr char kStyle[] = R"css(
:root { color-scheme: light dark; --ink: #1b2129; --soft: #5c6773; --line: #dfe3e8; --ground: #fff;
  --panel: #f6f7f9; --mated: #0f766e; --nonmated: #b45309; --good: #0f766e; --bad: #b91c1c;
  --warn: #b45309; --one: #0072b2; --two: #c2410c; --three: #15803d; --four: #7c3aed;
  --five: #a16207; --six: #be185d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa5b1; --line: #313943;
  --ground: #14181d; --panel: #1c2229; --mated: #2dd4bf; --nonmated: #fbbf24; --good: #2dd4bf;
  --bad: #f87171; --warn: #fbbf24; --one: #56b4e9; --two: #fb923c; --three: #4ade80;
  --four: #c4b5fd; --five: #facc15; --six: #f9a8d4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 3rem 1.5rem 5rem; max-width: 66rem; background: var(--ground);
  color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "Noto Sans", sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.02em; }
h2 { font-size: 1.25rem; margin: 3rem 0 .6rem; letter-spacing: -.01em; }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
p { margin: .5rem 0; max-width: 46rem; }
.lead { color: var(--soft); font-size: 1.08rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem;
  margin: 1.6rem 0; }
.tile { background: var(--panel); border-radius: 10px; padding: .9rem 1.1rem; }
.tile b { display: block; font-size: 1.7rem; line-height: 1.2; font-weight: 650;
  font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .88rem; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; font-size: .93rem; }
th { text-align: left; color: var(--soft); font-weight: 550; font-size: .82rem; }
th, td { padding: .4rem .7rem .4rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.k { white-space: nowrap; }
td.n { white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 700; }
.warn { color: var(--warn); font-weight: 600; } .soft { color: var(--soft); }
.prints { display: grid; grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr));
  gap: 1rem; margin: 1rem 0; }
figure { margin: 0; } figure img { width: 100%; display: block; border-radius: 8px;
  border: 1px solid var(--line); background: #fff; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(28rem, 100%), 1fr));
  gap: 1.2rem; margin: 1rem 0; }
.side { display: flex; gap: .5rem; align-items: start; } .side img { flex: 1;
  min-width: 0; max-height: 24rem; object-fit: contain; }
figcaption { color: var(--soft); font-size: .84rem; padding-top: .35rem; }
svg { width: 100%; height: auto; display: block; margin: .8rem 0; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg .axis { stroke: var(--line); } svg .mark { stroke: var(--soft); stroke-dasharray: 3 3; }
svg .area { fill-opacity: .16; stroke-width: 2; stroke-linejoin: round; }
svg .mated { fill: var(--mated); stroke: var(--mated); }
svg .nonmated { fill: var(--nonmated); stroke: var(--nonmated); }
svg .mated2 { fill: none; stroke: var(--mated); stroke-dasharray: 6 4; }
svg .nonmated2 { fill: none; stroke: var(--nonmated); stroke-dasharray: 6 4; }
svg .grid { stroke: var(--line); } svg .faint { stroke: var(--line); stroke-opacity: .45; }
svg .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
svg .all { stroke: var(--ink); stroke-width: 2.8; }
svg .guide { stroke: var(--soft); stroke-width: 1.2; stroke-dasharray: 2 4; }
svg .one { stroke: var(--one); } svg .two { stroke: var(--two); }
svg .three { stroke: var(--three); } svg .four { stroke: var(--four); }
svg .five { stroke: var(--five); } svg .six { stroke: var(--six); }
svg .again { stroke-dasharray: 7 4; }
code, pre { font: .88rem ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: var(--panel); border-radius: 8px; padding: .9rem 1.1rem; overflow-x: auto; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; }
  figure, tr { break-inside: avoid; } }
)css";

constexpr int kBins = 60;
constexpr double kWidth = 900, kHeight = 260, kLeft = 12, kRight = 12, kTop = 30, kBottom = 42;

std::vector<double> Shares(const std::vector<double>& values, double low, double high) {
  std::vector<double> shares(kBins, 0);
  for (const double value : values) {
    const double place = (value - low) / (high - low) * kBins;
    const auto bin = static_cast<size_t>(std::clamp(place, 0.0, kBins - 1.0));
    shares[bin] += 1.0 / static_cast<double>(values.size());
  }
  return shares;
}

double XOf(double value, double low, double high) {
  return kLeft + (value - low) / (high - low) * (kWidth - kLeft - kRight);
}

// A step outline: a bin's height is the square root of its share, so that a wide distribution can
// be seen beside a narrow one.
std::string Outline(const std::vector<double>& shares, double share_max,
                    const std::string& css_class) {
  const double base = kHeight - kBottom, step = (kWidth - kLeft - kRight) / kBins;
  std::string path;
  char point[64];
  std::snprintf(point, sizeof point, "M%.1f %.1f", kLeft, base);
  path += point;
  for (size_t bin = 0; bin < shares.size(); ++bin) {
    const double x = kLeft + step * static_cast<double>(bin);
    const double y = base - std::sqrt(shares[bin] / share_max) * (base - kTop);
    std::snprintf(point, sizeof point, "L%.1f %.1fL%.1f %.1f", x, y, x + step, y);
    path += point;
  }
  std::snprintf(point, sizeof point, "L%.1f %.1f", kWidth - kRight, base);
  path += point;
  return absl::StrCat("<path class=\"area ", css_class, "\" d=\"", path, "\"/>");
}

std::string Legend(const std::vector<Series>& series) {
  std::string svg;
  double x = kLeft;
  for (const Series& s : series) {
    char box[160];
    std::snprintf(box, sizeof box,
                  "<rect x=\"%.1f\" y=\"6\" width=\"18\" height=\"10\" class=\"area %s\"/>", x,
                  s.css_class.c_str());
    const std::string name = absl::StrCat(s.name, " (", s.values.size(), ")");
    svg += box + SvgText(x + 24, 15, "start", name);
    x += 44 + 6.6 * static_cast<double>(name.size());
  }
  return svg;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string HtmlPage(std::string_view title, std::string_view body) {
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>",
      EscapeHtml(title), "</title><style>", kStyle, "</style></head><body>\n", std::string(body),
      "\n</body></html>\n");
}

std::string PngUri(std::string_view png) {
  return "data:image/png;base64," + absl::Base64Escape(absl::string_view(png.data(), png.size()));
}

std::string ToHtml(const TableHtml& table) {
  const auto is_numeric = [&](size_t c) { return c < table.numeric.size() && table.numeric[c]; };
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (size_t c = 0; c < table.headings.size(); ++c) {
    absl::StrAppend(&html, is_numeric(c) ? "<th class=\"n\">" : "<th>",
                    EscapeHtml(table.headings[c]), "</th>");
  }
  html += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (size_t c = 0; c < row.size(); ++c) {
      // Names and numbers stay whole; the last column, the longest text, takes what is left.
      const bool key = c + 1 < row.size();
      absl::StrAppend(&html,
                      is_numeric(c) ? "<td class=\"n\">"
                      : key         ? "<td class=\"k\">"
                                    : "<td>",
                      row[c], "</td>");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string HistogramSvg(const std::vector<Series>& series, const std::vector<Mark>& marks,
                         double low, double high, std::string_view axis) {
  std::vector<std::vector<double>> shares;
  double share_max = 1e-9;
  for (const Series& s : series) {
    shares.push_back(Shares(s.values, low, high));
    share_max = std::max(share_max, *std::max_element(shares.back().begin(), shares.back().end()));
  }
  std::string svg = SvgOpen(kWidth, kHeight, axis);
  const double base = kHeight - kBottom;
  for (size_t i = 0; i < series.size(); ++i) {
    svg += Outline(shares[i], share_max, series[i].css_class);
  }
  double label_y = kTop + 11;
  for (const Mark& mark : marks) {
    if (mark.at < low || mark.at > high) continue;
    const double x = XOf(mark.at, low, high);
    svg += SvgLine(x, label_y - 11, x, base, "mark") + SvgText(x + 5, label_y, "start", mark.name);
    label_y += 16;  // marks may be close: each name has its own line
  }
  svg += SvgLine(kLeft, base, kWidth - kRight, base, "axis");
  const double step = RoundStep(high - low);
  for (double tick = std::ceil(low / step) * step; tick <= high; tick += step) {
    char number[32];
    std::snprintf(number, sizeof number, "%.6g", std::abs(tick) < step / 1000 ? 0.0 : tick);
    svg += SvgLine(XOf(tick, low, high), base, XOf(tick, low, high), base + 4, "axis");
    svg += SvgText(XOf(tick, low, high), base + 17, "middle", number);
  }
  svg += SvgText(kWidth / 2, kHeight - 6, "middle", axis) + Legend(series);
  return svg + "</svg>\n";
}

}  // namespace distinct::cli
