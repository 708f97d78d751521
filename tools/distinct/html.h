// The look of every report: one self-contained page without scripts or anything loaded from
// elsewhere, light or dark as the reader's browser asks, printable. Charts are inline SVG.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace distinct::cli {

// & < > " as entities: every text that is not ours goes through it.
std::string EscapeHtml(std::string_view text);

// A whole page. `title` is text; `body` is HTML.
std::string HtmlPage(std::string_view title, std::string_view body);

// Base64 data URI of a PNG.
std::string PngUri(std::string_view png);

struct TableHtml {
  std::vector<std::string> headings;           // text
  std::vector<std::vector<std::string>> rows;  // HTML
  std::vector<bool> numeric;                   // columns to align right; empty: none
};
std::string ToHtml(const TableHtml& table);

// One distribution of a chart.
struct Series {
  std::string name;
  std::string css_class;  // "mated", "nonmated", "mated2", "nonmated2"
  std::vector<double> values;
};

struct Mark {
  double at = 0;
  std::string name;
};

// How each series spreads over [low, high], as outlines over one another (heights: square roots of
// shares), with a vertical line at each mark. Values beyond count in the outermost bins.
// REQUIRES: low < high.
std::string HistogramSvg(const std::vector<Series>& series, const std::vector<Mark>& marks,
                         double low, double high, std::string_view axis);

}  // namespace distinct::cli
