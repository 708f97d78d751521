#include "tools/distinct/eval_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "tools/distinct/intervals.h"
#include "tools/distinct/pool.h"
#include "tools/distinct/rates.h"

namespace distinct::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kBootstrapSeed = 1;
// A thousand replicates steady the ends of an interval; sets of millions of pairs, whose intervals
// are narrow, get by with fewer, at a second's cost.
constexpr size_t kManyPairs = 1'000'000;
constexpr int kReplicates = 1000, kReplicatesOfMany = 100;

// No number for minus infinity either, the threshold where images without a template leave none.
Json Number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}
Json Number(const std::optional<Interval>& value) {
  return value ? Json::array({value->low, value->high}) : Json(nullptr);
}

template <typename AnyRates>
void AddRates(const AnyRates& rates, Json& object) {
  object["eer"] = Number(rates.eer);
  for (size_t i = 0; i < kFmrNames.size(); ++i) {
    object["fnmr_at_fmr"][kFmrNames[i]] = Number(rates.fnmr_at_fmr[i]);
  }
  object["fnmr_at_zero_fmr"] = Number(rates.fnmr_at_zero_fmr);
}

// At the threshold of the whole, how FNMR falls as pairs of low quality are left out.
Json Discard(const ScoredPairs& pairs, const std::optional<float>& threshold) {
  Json discard;
  for (size_t i = 0; i < kDiscardShares.size(); ++i) {
    std::optional<double> fnmr, fall;
    if (threshold) {
      const DiscardCurve curve = DiscardOf(pairs, *threshold);
      fnmr = curve.FnmrAt(kDiscardShares[i]);
      fall = RelativeFall(curve, kDiscardShares[i]);
    }
    discard[kDiscardNames[i]] = {{"fnmr", Number(fnmr)}, {"relative_fall", Number(fall)}};
  }
  return discard;
}

void AddIntervals(const ScoredPairs& pairs, int threads, Json& object) {
  const bool many = pairs.nonmated.size() > kManyPairs;
  const int replicates = many ? kReplicatesOfMany : kReplicates;
  const RateIntervals intervals = BootstrapIntervals(pairs, replicates, kBootstrapSeed, threads);
  AddRates(intervals, object);
  object["discard"][kDiscardName]["relative_fall"] = Number(intervals.relative_fall);
  object["replicates"] = replicates;
}

void AddVoting(absl::Span<const VotingMisses> sets, Json& object) {
  VotingMisses sum;
  for (const VotingMisses& misses : sets) {
    sum.mated += misses.mated;
    sum.missed += misses.missed;
  }
  if (sum.mated == 0) return;
  object["voting_miss_at_penetration"][kVotingPenetrationName] = sum.Rate();
}

Json Figures(absl::Span<const SetScores> sets, bool pooled, int threads) {
  Json object;
  if (!pooled) object["set"] = sets.front().set.name;
  size_t images = 0;
  uint64_t identities = 0, nonmated_total = 0;
  Json failed = Json::array();
  for (const SetScores& scores : sets) {
    images += scores.set.images.size();
    identities += scores.set.identities;
    nonmated_total += scores.nonmated_total;
    for (size_t i = 0; i < scores.facts.size(); ++i) {
      if (scores.facts[i].quality) continue;
      const std::string& name = scores.set.images[i].name;
      failed.push_back(pooled ? scores.set.name + "/" + name : name);
    }
  }
  const ScoredPairs pairs = Pool(sets);
  object["images"] = images;
  object["identities"] = identities;
  object["failed"] = std::move(failed);
  object["mated"] = pairs.mated.size();
  object["nonmated"] = pairs.nonmated.size();
  object["nonmated_total"] = nonmated_total;
  const Rates rates = ComputeRates(Weighted(pairs.mated), Weighted(pairs.nonmated));
  AddRates(rates, object);
  for (size_t i = 0; i < kFmrNames.size(); ++i) {
    object["threshold_at_fmr"][kFmrNames[i]] = Number(rates.threshold_at_fmr[i]);
  }
  object["discard"] = Discard(pairs, rates.threshold_at_fmr[kDiscardFmrIndex]);
  AddIntervals(pairs, threads, object["ci95"]);
  return object;
}

std::string Percent(const Json& value) {
  if (!value.is_number()) return "      -";
  char text[32];
  std::snprintf(text, sizeof text, "%7.3f", value.get<double>() * 100);
  return text;
}

std::string Row(const std::string& name, const Json& figures) {
  char text[160];
  std::snprintf(text, sizeof text, "%-20s %7zu %7zu %9zu %9zu", name.c_str(),
                figures["images"].get<size_t>(), figures["failed"].size(),
                figures["mated"].get<size_t>(), figures["nonmated"].get<size_t>());
  std::string row = text;
  row += "  " + Percent(figures["eer"]);
  for (const char* fmr : kFmrNames) row += "  " + Percent(figures["fnmr_at_fmr"][fmr]);
  return row + "  " + Percent(figures["fnmr_at_zero_fmr"]) + "\n";
}

}  // namespace

Json ReportOf(const Evaluation& evaluation, const Modality& modality, int threads,
              std::string_view cpu_level) {
  Json report;
  report["modality"] = std::string(modality.name());
  report["engine"] = DISTINCT_VERSION;
  report["template_version"] = modality.template_version();
  report["cpu_level"] = std::string(cpu_level);
  report["models"] = modality.models();
  for (size_t i = 0; i < evaluation.sets.size(); ++i) {
    Json& set =
        report["sets"].emplace_back(Figures({&evaluation.sets[i], 1}, /*pooled=*/false, threads));
    if (!evaluation.voting.empty()) AddVoting({&evaluation.voting[i], 1}, set);
  }
  report["pooled"] = Figures(evaluation.sets, /*pooled=*/true, threads);
  AddVoting(evaluation.voting, report["pooled"]);
  report["extract_ms_p50"] = evaluation.extract_ms_p50;
  report["extract_ms_p95"] = evaluation.extract_ms_p95;
  report["extract_cpu_ms_p50"] = evaluation.extract_cpu_ms_p50;
  report["compare_per_s"] = evaluation.compare_per_s;
  report["template_bytes_mean"] = evaluation.template_bytes_mean;
  report["threads"] = threads;
  return report;
}

std::string TableOf(const Json& report) {
  char heading[200];
  std::snprintf(heading, sizeof heading,
                "%-20s %7s %7s %9s %9s  %7s  %s\n%-57s  %7s  %7s  %7s  %7s  %7s\n", "rates in %",
                "images", "failed", "mated", "non-mated", "EER", "FNMR at FMR", "", "", "1e-2",
                "1e-3", "1e-4", "0");
  std::string table = heading;
  for (const Json& set : report["sets"]) table += Row(set["set"].get<std::string>(), set);
  if (report["sets"].size() > 1) table += Row("pooled", report["pooled"]);
  char text[240];
  std::snprintf(
      text, sizeof text,
      "extraction %.1f ms p50, %.1f ms p95 (CPU %.1f p50); %.0f comparisons/s; template %.0f "
      "bytes; %s\n",
      report["extract_ms_p50"].get<double>(), report["extract_ms_p95"].get<double>(),
      report["extract_cpu_ms_p50"].get<double>(), report["compare_per_s"].get<double>(),
      report["template_bytes_mean"].get<double>(), report["cpu_level"].get<std::string>().c_str());
  return table + text;
}

absl::Status WriteScores(const Evaluation& evaluation, const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"),
                                                       &std::fclose);
  bool written = file != nullptr;
  if (written) std::fputs("set\tprobe\treference\tmated\tscore\n", file.get());
  for (size_t s = 0; written && s < evaluation.sets.size(); ++s) {
    const ImageSet& set = evaluation.sets[s].set;
    for (const PairScore& pair : evaluation.sets[s].pairs) {
      std::fprintf(file.get(), "%s\t%s\t%s\t%d\t%.9g\n", set.name.c_str(),
                   set.images[pair.probe].name.c_str(), set.images[pair.reference].name.c_str(),
                   pair.mated ? 1 : 0, static_cast<double>(pair.score));
    }
  }
  written = written && std::ferror(file.get()) == 0;
  if (file != nullptr && std::fclose(file.release()) != 0) written = false;
  if (!written) {
    return absl::UnavailableError(
        absl::StrCat("scores: got ", path, ", want a file that can be written"));
  }
  return absl::OkStatus();
}

}  // namespace distinct::cli
