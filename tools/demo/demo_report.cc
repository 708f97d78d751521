#include "tools/demo/demo_report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/distinct/html.h"

namespace distinct::demo {
namespace {

using cli::EscapeHtml;
using cli::Json;

std::string Decimal(double value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Tile(const std::string& value, const std::string& what) {
  return absl::StrCat("<div class=\"tile\"><b>", value, "</b><span>", what, "</span></div>");
}

std::string DecisionOf(const Outcome& outcome) {
  const Json& answer = outcome.answer;
  if (answer.contains("error")) return "ERROR " + answer["error"]["code"].get<std::string>();
  return answer["decision"].get<std::string>();
}

struct Tally {
  size_t all = 0, as_planned = 0, review = 0, wrong = 0;
};

Tally TallyOf(const std::vector<Outcome>& outcomes) {
  Tally tally;
  for (const Outcome& outcome : outcomes) {
    ++tally.all;
    tally.as_planned += outcome.verdict == Verdict::kAsPlanned ? 1 : 0;
    tally.review += outcome.verdict == Verdict::kReview ? 1 : 0;
    tally.wrong += outcome.verdict == Verdict::kWrong ? 1 : 0;
  }
  return tally;
}

std::string VerdictHtml(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAsPlanned:
      return "<span class=\"good\">right</span>";
    case Verdict::kReview:
      return "<span class=\"warn\">to an examiner</span>";
    case Verdict::kWrong:
      break;
  }
  return "<span class=\"bad\">WRONG</span>";
}

// "Ann, 61.2: RIGHT_INDEX 9.1, LEFT_THUMB 8.7, ...": the strongest candidate and what speaks for
// it.
std::string Why(const Outcome& outcome) {
  const Json& answer = outcome.answer;
  if (answer.contains("error")) return answer["error"]["message"].get<std::string>();
  if (answer["candidates"].empty()) {
    return absl::StrCat("nobody of ", answer["searched_count"].get<uint64_t>(),
                        " reaches the review threshold");
  }
  const Json& best = answer["candidates"][0];
  std::vector<std::pair<double, std::string>> positions;
  for (const auto& [position, llr] : best["positions"].items()) {
    positions.emplace_back(-llr.get<double>(), position);
  }
  std::sort(positions.begin(), positions.end());
  std::string why = absl::StrCat(best["enrolment_id"].get<std::string>(), ", evidence ",
                                 Decimal(best["llr"].get<double>(), 1));
  constexpr size_t kShown = 3;
  for (size_t i = 0; i < std::min(kShown, positions.size()); ++i) {
    absl::StrAppend(&why, i == 0 ? ": " : ", ", positions[i].second, " ",
                    Decimal(-positions[i].first, 1));
  }
  if (positions.size() > kShown)
    absl::StrAppend(&why, ", and ", positions.size() - kShown, " more");
  return why;
}

std::string OutcomeTable(const std::vector<Outcome>& outcomes) {
  cli::TableHtml table{{"Enrolment", "Is in truth", "Decision", "", "Why"}, {}, {}};
  for (const Outcome& outcome : outcomes) {
    table.rows.push_back({EscapeHtml(outcome.submission.enrolment_id),
                          EscapeHtml(outcome.submission.person), DecisionOf(outcome),
                          VerdictHtml(outcome.verdict), EscapeHtml(Why(outcome))});
  }
  return cli::ToHtml(table);
}

std::string SummaryTable(const Story& story) {
  cli::TableHtml table{{"Who came", "Expected", "Persons", "Right", "To an examiner", "Wrong"},
                       {},
                       {false, false, true, true, true, true}};
  const auto add = [&](const std::string& who, const std::string& expected, const Tally& tally) {
    const std::string wrong = tally.wrong == 0
                                  ? std::string("0")
                                  : absl::StrCat("<span class=\"bad\">", tally.wrong, "</span>");
    table.rows.push_back({who, expected, absl::StrCat(tally.all), absl::StrCat(tally.as_planned),
                          absl::StrCat(tally.review), wrong});
  };
  add("for the first time", "UNIQUE", TallyOf(story.first));
  add("again, under a new name", "DUPLICATE of the right person", TallyOf(story.again));
  add("at two desks at once", "one UNIQUE, the other its DUPLICATE", TallyOf(story.races));
  return cli::ToHtml(table);
}

std::vector<double> Timings(const std::vector<Outcome>& outcomes, const char* part) {
  std::vector<double> values;
  for (const Outcome& outcome : outcomes) {
    if (outcome.answer.contains("timing_ms")) {
      values.push_back(outcome.answer["timing_ms"][part].get<double>());
    }
  }
  std::sort(values.begin(), values.end());
  return values;
}

double Percentile(const std::vector<double>& sorted, size_t percent) {
  return sorted.empty() ? 0 : sorted[(sorted.size() - 1) * percent / 100];
}

std::string TimeTable(const Story& story) {
  cli::TableHtml table{{"Part of an enrolment", "median", "95 %"}, {}, {false, true, true}};
  const std::vector<std::pair<const char*, const char*>> parts = {
      {"queue", "waiting for a worker"},   {"extract", "images to templates"},
      {"append", "durable in the ledger"}, {"search", "everyone enrolled before"},
      {"decide", "durable decision"},      {"total", "all of it"}};
  for (const auto& [part, what] : parts) {
    const std::vector<double> values = Timings(story.first, part);
    table.rows.push_back({what, Decimal(Percentile(values, 50), 1) + " ms",
                          Decimal(Percentile(values, 95), 1) + " ms"});
  }
  return cli::ToHtml(table);
}

double LlrOfBest(const Outcome& outcome) {
  const Json& answer = outcome.answer;
  if (answer.contains("error") || answer["candidates"].empty()) return 0;
  return answer["candidates"][0]["llr"].get<double>();
}

std::string EvidenceChart(const Story& story) {
  cli::Series mated{"came before", "mated", {}}, nonmated{"new", "nonmated", {}};
  for (const Outcome& outcome : story.first) nonmated.values.push_back(LlrOfBest(outcome));
  for (const auto* group : {&story.again, &story.races}) {
    for (const Outcome& outcome : *group) {
      const bool is_first = DecisionOf(outcome) == "UNIQUE";
      (is_first ? nonmated : mated).values.push_back(LlrOfBest(outcome));
    }
  }
  double low = 0, high = story.status.llr_duplicate();
  for (const auto* series : {&mated, &nonmated}) {
    for (const double value : series->values) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  return cli::HistogramSvg(
      {nonmated, mated},
      {{story.status.llr_review(), "review"}, {story.status.llr_duplicate(), "duplicate"}}, low - 2,
      high + 2,
      "evidence of the strongest candidate: natural logarithm of the "
      "likelihood ratio, 0 for none");
}

std::string ScoreChart(const ScoreStudy& study) {
  std::vector<cli::Series> series = {{"demo, other people", "nonmated", study.demo.nonmated},
                                     {"demo, same finger", "mated", study.demo.mated}};
  if (study.fvc) {
    series.push_back({"FVC, other people", "nonmated2", study.fvc->nonmated});
    series.push_back({"FVC, same finger", "mated2", study.fvc->mated});
  }
  // The few highest scores would squeeze the rest: they count in the last bin.
  double high = 0;
  for (cli::Series& s : series) {
    std::sort(s.values.begin(), s.values.end());
    if (!s.values.empty()) high = std::max(high, s.values[(s.values.size() - 1) * 98 / 100]);
  }
  return cli::HistogramSvg(series, {}, 0, std::max(high, 1e-6), "comparison score of one finger");
}

std::string Percent(const Json& value) {
  return value.is_number() ? Decimal(value.get<double>() * 100, 2) + " %" : std::string("-");
}

std::string FvcTable(const Json& report) {
  cli::TableHtml table{{"Set", "Images", "EER", "FNMR at FMR 1 %", "at 0.1 %", "95 % of EER"},
                       {},
                       {false, true, true, true, true, true}};
  const auto add = [&](const std::string& name, const Json& figures) {
    const Json& interval = figures["ci95"]["eer"];
    table.rows.push_back({EscapeHtml(name), absl::StrCat(figures["images"].get<size_t>()),
                          Percent(figures["eer"]), Percent(figures["fnmr_at_fmr"]["1e-2"]),
                          Percent(figures["fnmr_at_fmr"]["1e-3"]),
                          interval.is_array() ? Percent(interval[0]) + " to " + Percent(interval[1])
                                              : std::string("-")});
  };
  for (const Json& set : report["sets"]) add(set["set"].get<std::string>(), set);
  add("all, one threshold", report["pooled"]);
  return cli::ToHtml(table);
}

std::string Pictures(const ScoreStudy& study) {
  if (study.pictures.empty()) return "";
  std::string html =
      "<h2>What the machine sees</h2><p>Minutiae: where ridges end (red) or fork (blue), with "
      "their direction.</p><div class=\"prints\">";
  for (const PicturedPair& picture : study.pictures) {
    absl::StrAppend(&html, "<figure><img alt=\"print with minutiae\" src=\"",
                    cli::PngUri(picture.first_png), "\"><figcaption>", EscapeHtml(picture.person),
                    ", ", picture.position, "</figcaption></figure>");
  }
  html +=
      "</div><h2>Why a print matches</h2><p>Left the first enrolment, right the same finger on "
      "another day. Lines join minutiae that were paired; the stronger, the more they add.</p>"
      "<div class=\"pairs\">";
  for (const PicturedPair& picture : study.pictures) {
    absl::StrAppend(&html, "<figure><img alt=\"paired minutiae\" src=\"",
                    cli::PngUri(picture.pairs_png), "\"><figcaption>", EscapeHtml(picture.person),
                    ", ", picture.position, ": score ", Decimal(picture.score, 3),
                    "</figcaption></figure>");
  }
  return html + "</div>";
}

std::string ScorePart(const ScoreStudy& study) {
  std::string html =
      "<h2>Scores of single fingers</h2><p>Heights are square roots of shares, so that wide "
      "distributions can be seen beside narrow ones.</p>" +
      ScoreChart(study);
  if (study.fvc) {
    html +=
        "<p>Dashed: real prints, the development sets of the Fingerprint Verification "
        "Competitions, on this machine just now.</p>" +
        FvcTable(study.fvc_report);
  } else {
    html +=
        "<p class=\"soft\">Real prints to compare with were not found: set DISTINCT_DATA to a "
        "folder with finger/fvc2002_db1 and so on.</p>";
  }
  return html;
}

std::string Faces(const ReportFacts& facts) {
  if (facts.generated) {
    return "<p>Generated people have ten fingers and no faces: this day was decided by fingers "
           "alone. <code>tools/run --samples DIR</code> plays it with images of your own, faces "
           "included.</p>";
  }
  if (facts.faces_disabled_reason.empty()) return "";
  return "<p class=\"warn\">Faces are disabled: " + EscapeHtml(facts.faces_disabled_reason) +
         ".</p>";
}

std::string Head(const Story& story, const ReportFacts& facts) {
  const std::string title = facts.generated ? "A day in a small town" : "A day with your images";
  std::string html = absl::StrCat("<h1>", title, "</h1><p class=\"lead\">");
  if (story.Wrong()) {
    html += "<span class=\"bad\">Something was decided wrongly.</span> The table names it.";
  } else {
    html += "Every new person got a number, and nobody got two.";
  }
  html += "</p>" + Faces(facts) + "<div class=\"tiles\">";
  const size_t enrolled = story.first.size() + story.again.size() + story.races.size();
  html += Tile(absl::StrCat(enrolled), "enrolments decided");
  html += Tile(absl::StrCat(story.status.references().duplicate()), "second numbers refused");
  html += Tile(Decimal(Percentile(Timings(story.first, "total"), 50), 0) + " ms",
               "median from images to decision, " + std::string("four at once"));
  html += Tile(
      Decimal(static_cast<double>(story.first.size()) / std::max(story.enrol_seconds, 1e-9), 1) +
          "/s",
      "enrolments");
  return html + "</div>";
}

std::string CrossCheckPart(const Story& story) {
  return absl::StrCat(
      "<h2>The gallery against itself</h2><p>", story.crosscheck.pairs_compared,
      " pairs of persons in ", Decimal(story.crosscheck.seconds, 2),
      " s: ", story.crosscheck.pairs.size(), " pairs reach the threshold, in ",
      story.crosscheck.clusters.size(),
      " clusters. Every planted duplicate should be one of them. "
      "<a href=\"crosscheck/report.html\">Their own report</a>, with pairs.csv and clusters.csv "
      "beside it.</p>");
}

}  // namespace

std::string ReportPage(const Story& story, const ScoreStudy& study, const ReportFacts& facts) {
  std::string body = Head(story, facts);
  body += "<h2>What was decided</h2>" + SummaryTable(story);
  std::vector<Outcome> wrong;
  for (const Outcome& outcome : story.first) {
    if (outcome.verdict != Verdict::kAsPlanned) wrong.push_back(outcome);
  }
  if (!wrong.empty()) body += "<h3>New people who were not UNIQUE</h3>" + OutcomeTable(wrong);
  body += "<h3>Again, under a new name</h3>" + OutcomeTable(story.again);
  if (!story.races.empty()) {
    body += "<h3>At two desks at once</h3>" + OutcomeTable(story.races);
  }
  body +=
      "<h2>How strong the evidence is</h2><p>Below the review threshold a person is new; from "
      "the duplicate threshold on the machine decides; between them an examiner does.</p>" +
      EvidenceChart(story);
  body += Pictures(study);
  if (!study.demo.mated.empty()) body += ScorePart(study);
  body += CrossCheckPart(story);
  body += "<h2>Times</h2>" + TimeTable(story);
  absl::StrAppend(&body, "<p class=\"soft\">", EscapeHtml(story.status.cpu_model()),
                  ", instructions up to ", EscapeHtml(story.status.cpu_level()), ", ",
                  story.status.shards(), " shards; Distinct ", EscapeHtml(story.status.version()),
                  ". The whole run took ", Decimal(facts.total_seconds, 0), " s.</p>");
  body += "<h2>Start it for good</h2><pre>" + EscapeHtml(facts.start_command) + "</pre>";
  return cli::HtmlPage("Distinct: what was decided and why", body);
}

std::string DecisionTable(const Story& story) {
  std::string text;
  const auto line = [&](const char* who, const char* expected, const Tally& tally) {
    char row[160];
    std::snprintf(row, sizeof row, "%-26s %-36s %7zu %6zu %9zu %6zu\n", who, expected, tally.all,
                  tally.as_planned, tally.review, tally.wrong);
    text += row;
  };
  text +=
      "Who came                   expected                             persons  right  examiner  "
      "wrong\n";
  line("for the first time", "UNIQUE", TallyOf(story.first));
  line("again, under a new name", "DUPLICATE of the right person", TallyOf(story.again));
  line("at two desks at once", "one UNIQUE, the other its DUPLICATE", TallyOf(story.races));
  text += "\n";
  const auto list = [&](const std::vector<Outcome>& outcomes, bool all) {
    for (const Outcome& outcome : outcomes) {
      if (!all && outcome.verdict == Verdict::kAsPlanned) continue;
      char row[400];
      std::snprintf(row, sizeof row, "%-30s %-10s %s%s\n", outcome.submission.enrolment_id.c_str(),
                    DecisionOf(outcome).c_str(),
                    outcome.verdict == Verdict::kWrong ? "WRONG: " : "", Why(outcome).c_str());
      text += row;
    }
  };
  list(story.first, /*all=*/false);
  list(story.again, /*all=*/true);
  list(story.races, /*all=*/true);
  return text;
}

}  // namespace distinct::demo
