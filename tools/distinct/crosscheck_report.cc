#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"
#include "tools/distinct/crosscheck.h"
#include "tools/distinct/html.h"
#include "tools/distinct/json_output.h"

namespace distinct::cli {
namespace {

// A page that a browser still opens at once; the CSV files hold everything.
constexpr size_t kRowsMax = 500;

std::string Decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string Tile(const std::string& value, const std::string& what) {
  return absl::StrCat("<div class=\"tile\"><b>", value, "</b><span>", what, "</span></div>");
}

std::string ClusterTable(const CrossCheckOutcome& outcome) {
  TableHtml table{{"Cluster", "Records", "Enrolments"}, {}, {true, true}};
  const size_t shown = std::min(outcome.clusters.size(), kRowsMax);
  for (size_t c = 0; c < shown; ++c) {
    std::string ids;
    for (const std::string& id : outcome.clusters[c].enrolment_ids()) {
      absl::StrAppend(&ids, ids.empty() ? "" : ", ", EscapeHtml(id));
    }
    table.rows.push_back(
        {absl::StrCat(c + 1), absl::StrCat(outcome.clusters[c].enrolment_ids_size()), ids});
  }
  return ToHtml(table);
}

std::string PairTable(const CrossCheckOutcome& outcome) {
  TableHtml table{{"Enrolment", "Enrolment", "Evidence (llr)"}, {}, {false, false, true}};
  const size_t shown = std::min(outcome.pairs.size(), kRowsMax);
  for (size_t p = 0; p < shown; ++p) {
    const v1::CrossCheckPair& pair = outcome.pairs[p];
    table.rows.push_back({EscapeHtml(pair.a()), EscapeHtml(pair.b()), Decimal(pair.llr())});
  }
  return ToHtml(table);
}

std::string EvidenceChart(const CrossCheckOutcome& outcome) {
  Series series{"pairs found", "mated", {}};
  for (const auto& pair : outcome.pairs) series.values.push_back(pair.llr());
  const auto [low, high] = std::minmax_element(series.values.begin(), series.values.end());
  const double from = std::min(0.0, *low);
  return HistogramSvg({series}, {}, from, std::max(0.0, *high) + 1,
                      "evidence for one person: natural logarithm of the likelihood ratio");
}

std::string Report(const CrossCheckOutcome& outcome, const v1::StartCrossCheckRequest& request) {
  std::string scope = "The gallery against itself";
  if (!request.tag().empty()) {
    scope = "Tag " + EscapeHtml(request.tag()) + " against " +
            (request.against().empty() ? "itself" : "tag " + EscapeHtml(request.against()));
  }
  std::string body = absl::StrCat("<h1>Cross-check</h1><p class=\"lead\">", scope,
                                  ". Every pair of persons whose evidence for being one reaches "
                                  "the threshold.</p><div class=\"tiles\">");
  body += Tile(absl::StrCat(outcome.pairs_compared), "pairs of persons compared");
  body += Tile(absl::StrCat(outcome.pairs.size()), "pairs found");
  body += Tile(absl::StrCat(outcome.clusters.size()), "clusters of one person");
  body += Tile(Decimal(outcome.seconds) + " s", "on the server") + "</div>";
  if (outcome.pairs.empty()) return body + "<p class=\"good\">No pair reaches the threshold.</p>";
  body += "<h2>How strong the evidence is</h2>" + EvidenceChart(outcome);
  body +=
      "<h2>Clusters</h2><p>Records that belong to one person, directly or through one another."
      " An examiner decides.</p>" +
      ClusterTable(outcome);
  body += "<h2>Pairs</h2><p>Strongest first" +
          std::string(outcome.pairs.size() > kRowsMax ? "; the rest is in pairs.csv" : "") +
          ".</p>" + PairTable(outcome);
  return body;
}

}  // namespace

absl::Status WriteCrossCheck(const CrossCheckOutcome& outcome,
                             const v1::StartCrossCheckRequest& request, const std::string& out) {
  const std::filesystem::path folder(out);
  std::string pairs = "a,b,llr\n", clusters = "cluster,enrolment_id\n";
  for (const auto& pair : outcome.pairs) {
    char llr[40];
    std::snprintf(llr, sizeof llr, "%.6g", pair.llr());
    absl::StrAppend(&pairs, pair.a(), ",", pair.b(), ",", llr, "\n");
  }
  for (size_t c = 0; c < outcome.clusters.size(); ++c) {
    for (const std::string& id : outcome.clusters[c].enrolment_ids()) {
      absl::StrAppend(&clusters, c + 1, ",", id, "\n");
    }
  }
  RETURN_IF_ERROR(WriteText(pairs, folder / "pairs.csv"));
  RETURN_IF_ERROR(WriteText(clusters, folder / "clusters.csv"));
  return WriteText(HtmlPage("Cross-check", Report(outcome, request)), folder / "report.html");
}

}  // namespace distinct::cli
