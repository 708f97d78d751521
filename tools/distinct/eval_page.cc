#include "tools/distinct/eval_page.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/distinct/eval_charts.h"
#include "tools/distinct/eval_report.h"
#include "tools/distinct/eval_text.h"
#include "tools/distinct/html.h"
#include "tools/distinct/misses.h"
#include "tools/distinct/peers.h"
#include "tools/distinct/pool.h"

namespace distinct::cli {
namespace {

constexpr const char* kDiscardFmrName = kFmrNames[kDiscardFmrIndex];
// Identities of a set below which the page calls its intervals wide: with 60 fingers the ends of
// FNMR at FMR 0.1 % lie a factor of four apart, and they close as the root of the number.
constexpr uint64_t kFewIdentities = 500;
constexpr size_t kMissRowsMax = 10;

std::string Tile(const std::string& value, const std::string& what) {
  return absl::StrCat("<div class=\"tile\"><b>", value, "</b><span>", what, "</span></div>");
}

std::string Head(const Json& report) {
  const bool faces = report["modality"] == "face";
  const Json& pooled = report["pooled"];
  const Json& at_strict = pooled["fnmr_at_fmr"][kDiscardFmrName];
  const Json& strict_ci = pooled["ci95"]["fnmr_at_fmr"][kDiscardFmrName];
  std::string html = absl::StrCat(
      "<h1>", faces ? "Faces" : "Fingerprints", ": error rates</h1><p class=\"lead\">",
      Count(pooled["images"]), " images of ", Count(pooled["identities"]), " identities in ",
      Count(report["sets"].size()), " set", report["sets"].size() == 1 ? "" : "s",
      "; within a set every pair is compared once: ", Count(pooled["mated"]), " mated and ",
      Count(pooled["nonmated"]), " non-mated pairs", Subset(pooled), ".</p><div class=\"tiles\">");
  html += Tile(Percent(pooled["eer"]) + " %",
               "EER; 95 % interval " + Range(pooled["ci95"]["eer"]) + " %");
  html += Tile(Percent(at_strict) + " %",
               "FNMR at FMR 0.1 %; 95 % interval " + Range(strict_ci) + " %");
  const Json& fall = pooled["discard"][kDiscardName]["relative_fall"];
  if (fall.is_number()) {
    const Json& fall_ci = pooled["ci95"]["discard"][kDiscardName]["relative_fall"];
    html += Tile(Percent(fall, 0) + " %",
                 "fall of that FNMR with the worst tenth of pairs, by quality, left out; 95 % "
                 "interval " +
                     Range(fall_ci, 0) + " %");
  }
  html += Tile(Count(pooled["failed"].size()), "images without a template");
  return html + "</div>";
}

std::string RateCell(const Json& rate, const Json& interval) {
  return absl::StrCat(Percent(rate), "<br><span class=\"soft\">", Range(interval), "</span>");
}

// "fvc2002_db1", below it what it holds.
std::string NameCell(const std::string& name, const std::string& what) {
  return absl::StrCat(name, "<br><span class=\"soft\">", what, "</span>");
}

std::vector<std::string> RateRow(const std::string& name, const Json& figures) {
  const Json& ci = figures["ci95"];
  std::vector<std::string> row = {
      NameCell(name,
               absl::StrCat(Count(figures["images"]), " images of ", Count(figures["identities"]),
                            ", ", Count(figures["failed"].size()), " failed")),
      absl::StrCat(Count(figures["mated"]), "<br><span class=\"soft\">", Count(figures["nonmated"]),
                   "</span>"),
      RateCell(figures["eer"], ci["eer"])};
  for (const char* fmr : kFmrNames) {
    row.push_back(RateCell(figures["fnmr_at_fmr"][fmr], ci["fnmr_at_fmr"][fmr]));
  }
  row.push_back(RateCell(figures["fnmr_at_zero_fmr"], ci["fnmr_at_zero_fmr"]));
  return row;
}

std::vector<std::string> PeerRow(const Peer& peer) {
  const std::string failed = peer.failed ? absl::StrCat(", ", *peer.failed, " failed") : "";
  std::vector<std::string> row = {NameCell(EscapeHtml(peer.name), EscapeHtml(peer.parts) + failed),
                                  ""};
  for (const double percent : peer.percent) row.push_back(Decimal(percent, 2));
  return row;
}

std::string PeerText() {
  return absl::StrCat(
      "<p>Below the pooled row: open engines on the same six sets, measured on ",
      std::string(kPeersMeasured),
      " by the same contract (the same pairs, one threshold over all sets, a failure to extract is "
      "a miss). Their interval of FNMR at FMR 0.1 % is about &plusmn;5 points. MCC: Minutia "
      "Cylinder-Code, 16 cells a side. A sum adds normalised scores of three engines. Distinct's "
      "constants were chosen while looking at these sets: expect somewhat worse of it on sets of "
      "your own. What the peers were tuned on is not known.</p>");
}

std::string RateTable(const Evaluation& evaluation, const Json& report) {
  TableHtml table{{"Set", "Pairs", "EER", "FNMR at FMR 1 %", "0.1 %", "0.01 %", "0"},
                  {},
                  {false, true, true, true, true, true, true}};
  for (const Json& set : report["sets"]) {
    table.rows.push_back(RateRow(EscapeHtml(set["set"].get<std::string>()), set));
  }
  if (report["sets"].size() > 1) {
    table.rows.push_back(RateRow("<b>all, one threshold</b>", report["pooled"]));
  }
  const bool with_peers = report["modality"] == "finger" && ArePeerSets(evaluation.sets);
  if (with_peers) {
    for (const Peer& peer : Peers()) table.rows.push_back(PeerRow(peer));
  }
  return "<h2>Error rates</h2>" + ToHtml(table) +
         "<p class=\"soft\">Rates in percent, each with its 95 % interval (percentile bootstrap "
         "over identities). Pairs: mated, below them non-mated.</p>" +
         (with_peers ? PeerText() : "");
}

// "172, 17 and 1 of the 17,280 non-mated pairs"
std::string FalseMatchesAllowed(const Json& figures) {
  const auto nonmated = figures["nonmated"].get<uint64_t>();
  const auto allowed = [&](size_t i) { return Count(nonmated / kFmrDenominators[i]); };
  return absl::StrCat(allowed(0), ", ", allowed(1), " and ", allowed(2), " of the ",
                      Count(nonmated), " non-mated pairs");
}

// What the interval of FNMR at FMR 0.1 % says of the number of identities.
std::string Width(const Json& report) {
  const Json& pooled = report["pooled"];
  const auto identities = pooled["identities"].get<uint64_t>();
  const Json& interval = pooled["ci95"]["fnmr_at_fmr"][kDiscardFmrName];
  const std::string of_them =
      Count(identities) + (report["modality"] == "face" ? " persons" : " fingers");
  if (identities >= kFewIdentities || !interval.is_array()) {
    return absl::StrCat("There are ", of_them, ". ");
  }
  if (interval[1].get<double>() == 0) {
    return absl::StrCat("<b>", of_them, " are few</b>, though none fails here at FMR 0.1 %. ");
  }
  return absl::StrCat("<b>", of_them,
                      " are few and the intervals wide</b>: FNMR at FMR 0.1 % may lie anywhere "
                      "from ",
                      Range(interval), " %. A difference that is small beside this is not shown. ");
}

std::string HowSure(const Json& report) {
  const Json& pooled = report["pooled"];
  return absl::StrCat(
      "<h3>How sure these are</h3><p>A pair is accepted when its score is above the threshold. "
      "FNMR at an FMR is taken at the lowest threshold that accepts no more non-mated pairs than "
      "that; over all sets FMR 1 %, 0.1 % and 0.01 % are ",
      FalseMatchesAllowed(pooled),
      ". Where that number is small, single pairs set the threshold. An image without a template "
      "is a miss at every threshold.</p><p>The pairs of one identity stand or fall together, so ",
      Count(pooled["mated"]),
      " mated pairs are not as many independent trials: the intervals draw identities, with "
      "replacement within their set. ",
      Width(report),
      "Where no identity fails, resampling finds no failure either and gives 0 to 0: of as many "
      "others, up to three may still fail (the rule of three). An interval tells what other "
      "identities captured in the same way would give; other sensors, skins and operators may lie "
      "outside.</p>");
}

std::string Det(const Evaluation& evaluation, const Json& report) {
  const bool several = evaluation.sets.size() > 1;
  return absl::StrCat(
      "<h2>Error tradeoff (DET)</h2><p>FNMR at every FMR, both axes logarithmic; lower and further "
      "left is better. ",
      several ? "Each set has its own threshold, the thick line one over all. " : "",
      "Bars: 95 % interval at FMR 1 %, 0.1 % and 0.01 %. A curve begins at one false match, and "
      "runs into the lower edge where no mated pair is missed. Dotted: FMR = FNMR, where the EER "
      "is read. In the legend FNMR is at FMR 0.1 %.</p>",
      DetChart(evaluation, report));
}

std::string Scores(const Evaluation& evaluation, const Json& report) {
  return "<h2>Scores</h2><p>All sets. Heights are square roots of shares, so that the rare "
         "scores, which make the errors, can be seen at all.</p>" +
         ScoreChart(evaluation, report["pooled"]);
}

std::vector<std::string> DiscardRow(const std::string& name, const Json& figures) {
  std::vector<std::string> row = {name, Percent(figures["fnmr_at_fmr"][kDiscardFmrName])};
  for (const char* share : kDiscardNames) {
    row.push_back(Percent(figures["discard"][share]["fnmr"]));
  }
  return row;
}

std::string DiscardTable(const Json& report) {
  TableHtml table{{"FNMR, %, with left out", "0 %"}, {}, {false, true}};
  for (const double share : kDiscardShares) {
    table.headings.push_back(Decimal(100 * share, 0) + " %");
    table.numeric.push_back(true);
  }
  for (const Json& set : report["sets"]) {
    table.rows.push_back(DiscardRow(EscapeHtml(set["set"].get<std::string>()), set));
  }
  if (report["sets"].size() > 1) {
    table.rows.push_back(DiscardRow("<b>all, one threshold</b>", report["pooled"]));
  }
  return ToHtml(table);
}

// " (95 % interval -6 to 60 %; ...)"
std::string FallInterval(const Json& interval) {
  if (!interval.is_array()) return "";
  const bool shown = interval[0].get<double>() > 0;
  return absl::StrCat(" (95 % interval ", Range(interval, 0), " %",
                      shown ? "" : ": it holds 0, so these sets do not show that it falls", ")");
}

std::string Discard(const Evaluation& evaluation, const Json& report) {
  const Json& pooled = report["pooled"];
  const std::string heading = "<h2>Error versus discard</h2>";
  if (!pooled["discard"][kDiscardName]["relative_fall"].is_number()) {
    return heading + "<p>No mated pair is missed at FMR 0.1 %: there is nothing to fall.</p>";
  }
  const Json& at = pooled["discard"][kDiscardName];
  const Json& interval = pooled["ci95"]["discard"][kDiscardName]["relative_fall"];
  return absl::StrCat(
      heading,
      "<p>Is low quality where the failures are? Mated pairs are "
      "left out by rising quality (the lower of the two images; pairs of one quality leave in "
      "proportion), the threshold stays that of FMR 0.1 % with nothing left out (ISO/IEC "
      "29794-1). <b>With the worst tenth left out, FNMR goes from ",
      Percent(pooled["fnmr_at_fmr"][kDiscardFmrName]), " to ", Percent(at["fnmr"]),
      " %: it falls by ", Percent(at["relative_fall"], 0), " %</b>", FallInterval(interval),
      ". A quality that knew nothing would leave it level; one that knew every failure would "
      "follow the dotted line.</p>",
      DiscardChart(evaluation, report), DiscardTable(report));
}

std::string MissTable(const Evaluation& evaluation, const Json& report) {
  const Json& threshold = report["pooled"]["threshold_at_fmr"][kDiscardFmrName];
  if (!threshold.is_number()) return "";
  const std::vector<MissesOfIdentity> misses =
      MissesByIdentity(evaluation.sets, threshold.get<float>());
  if (misses.empty()) return "";
  size_t all = 0;
  for (const MissesOfIdentity& of : misses) all += of.missed;
  TableHtml table{{"Set", "Identity", "Missed", "Of mated pairs"}, {}, {false, false, true, true}};
  size_t shown = 0;
  for (size_t i = 0; i < std::min(kMissRowsMax, misses.size()); ++i) {
    const MissesOfIdentity& of = misses[i];
    shown += of.missed;
    table.rows.push_back({EscapeHtml(evaluation.sets[of.set].set.name), EscapeHtml(of.identity),
                          Count(of.missed), Count(of.mated)});
  }
  return absl::StrCat("<h2>Where the misses are</h2><p>At the one threshold of FMR 0.1 % (",
                      Decimal(threshold.get<double>(), 4), "), ", Count(all), " of ",
                      Count(report["pooled"]["mated"]), " mated pairs are missed. They belong to ",
                      Count(misses.size()), " of ", Count(report["pooled"]["identities"]),
                      " identities; those below hold ",
                      Percent(static_cast<double>(shown) / static_cast<double>(all), 0),
                      " % of them.</p>", ToHtml(table));
}

// "<b>106_1.png</b>: quality 31, FEW_MINUTIAE"
std::string ImageCaption(const SetScores& scores, uint32_t image) {
  const ImageFacts& facts = scores.facts[image];
  const std::string flags =
      facts.flags.empty() ? "no flags" : EscapeHtml(absl::StrJoin(facts.flags, ", "));
  return absl::StrCat("<b>", EscapeHtml(scores.set.images[image].name), "</b>: quality ",
                      facts.quality ? absl::StrCat(facts.quality->value) : "none", ", ", flags);
}

// What happens to the pair at the threshold of FMR 0.1 % over all sets.
std::string VerdictHtml(const PairScore& pair, double threshold) {
  const bool accepted = pair.score > threshold;
  if (pair.mated) return accepted ? "accepted" : "<span class=\"bad\">missed</span>";
  return accepted ? "<span class=\"bad\">a false match</span>" : "not accepted";
}

std::string FigureOf(const Evaluation& evaluation, const PicturedPair& picture,
                     const Json& report) {
  const SetScores& scores = evaluation.sets[picture.at.set];
  const PairScore& pair = picture.at.pair;
  const Json& threshold = report["pooled"]["threshold_at_fmr"][kDiscardFmrName];
  std::string html = "<figure><div class=\"side\">";
  for (const std::string& png : picture.pngs) {
    absl::StrAppend(&html, "<img src=\"", PngUri(png), "\" alt=\"",
                    EscapeHtml(scores.set.images[pair.probe].name), " and ",
                    EscapeHtml(scores.set.images[pair.reference].name), "\">");
  }
  absl::StrAppend(&html, "</div><figcaption>", EscapeHtml(scores.set.name), ", score ",
                  Decimal(pair.score, 4));
  if (threshold.is_number()) {
    absl::StrAppend(&html, ": ", VerdictHtml(pair, threshold.get<double>()));
  }
  if (report["modality"] != "face") {
    absl::StrAppend(&html, "; paired minutiae: ", picture.paired_features);
  }
  absl::StrAppend(&html, "<br>", ImageCaption(scores, pair.probe), "<br>",
                  ImageCaption(scores, pair.reference), "</figcaption></figure>");
  return html;
}

std::string FiguresOf(const Evaluation& evaluation, const std::vector<PicturedPair>& pictures,
                      const Json& report) {
  std::string html = "<div class=\"pairs\">";
  for (const PicturedPair& picture : pictures) html += FigureOf(evaluation, picture, report);
  return html + "</div>";
}

std::string WorstComparisons(const Evaluation& evaluation, const Json& report,
                             const WorstPictures& pictures) {
  const bool faces = report["modality"] == "face";
  const Json& threshold = report["pooled"]["threshold_at_fmr"][kDiscardFmrName];
  const std::string limit = threshold.is_number()
                                ? absl::StrCat("The threshold of FMR 0.1 % over all sets is ",
                                               Decimal(threshold.get<double>(), 4), ". ")
                                : "";
  return absl::StrCat(
      "<h2>The worst comparisons</h2><p>", limit, "At most ", kWorstOfOneMax, " of one ",
      faces ? "person" : "finger", " (non-mated: of two), so that one does not hide the others. ",
      faces ? "Box and points: what the extractor saw."
            : "Lines join minutiae that the comparison paired.",
      "</p><h3>Mated pairs of lowest score</h3>", FiguresOf(evaluation, pictures.mated, report),
      "<h3>Non-mated pairs of highest score</h3>",
      FiguresOf(evaluation, pictures.nonmated, report));
}

std::string FailedImages(const Evaluation& evaluation) {
  TableHtml table{{"Set", "Image", "Why there is no template"}, {}, {}};
  for (const SetScores& scores : evaluation.sets) {
    for (size_t i = 0; i < scores.facts.size(); ++i) {
      if (scores.facts[i].quality) continue;
      table.rows.push_back({EscapeHtml(scores.set.name), EscapeHtml(scores.set.images[i].name),
                            EscapeHtml(scores.facts[i].failure)});
    }
  }
  return "<h2>Images without a template</h2>" +
         (table.rows.empty() ? "<p class=\"good\">None.</p>" : ToHtml(table));
}

std::string Facts(const Json& report, const EvalRun& run) {
  const auto ms = [&](const char* field) {
    return Decimal(report[field].get<double>(), 1) + " ms";
  };
  TableHtml table{{"", ""}, {}, {}};
  table.rows = {
      {"Engine", EscapeHtml(report["engine"].get<std::string>())},
      {"Template version",
       absl::StrCat(report["template_version"].get<uint32_t>(), ", mean ",
                    Decimal(report["template_bytes_mean"].get<double>(), 0), " bytes")},
      {"CPU", EscapeHtml(run.cpu)},
      {"CPU level", EscapeHtml(report["cpu_level"].get<std::string>())},
      {"Extraction", absl::StrCat(ms("extract_ms_p50"), " median, ", ms("extract_ms_p95"),
                                  " 95th percentile, wall time of one image on one thread (",
                                  ms("extract_cpu_ms_p50"), " of CPU time)")},
      {"Comparison", Count(std::llround(report["compare_per_s"].get<double>())) +
                         " a second, one probe against references in memory, one thread"},
      {"Threads", absl::StrCat(report["threads"].get<int>())},
      {"Bootstrap", Count(report["pooled"]["ci95"]["replicates"]) + " replicates"},
      {"Date", EscapeHtml(run.date)},
      {"Command", "<code>" + EscapeHtml(run.command_line) + "</code>"}};
  for (const Json& model : report["models"]) {
    table.rows.push_back({"Model", EscapeHtml(model.get<std::string>())});
  }
  return "<h2>How this was measured</h2>" + ToHtml(table);
}

}  // namespace

std::string EvalPage(const Evaluation& evaluation, const Json& report,
                     const WorstPictures& pictures, const EvalRun& run) {
  const std::string body = Head(report) + RateTable(evaluation, report) + HowSure(report) +
                           Det(evaluation, report) + Scores(evaluation, report) +
                           Discard(evaluation, report) + MissTable(evaluation, report) +
                           WorstComparisons(evaluation, report, pictures) +
                           FailedImages(evaluation) + Facts(report, run);
  return HtmlPage("Distinct: error rates", body);
}

}  // namespace distinct::cli
