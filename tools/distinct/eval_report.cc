#include "tools/distinct/eval_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "tools/distinct/intervals.h"
#include "tools/distinct/rates.h"

namespace distinct::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kBootstrapSeed = 1;
// A thousand replicates steady the ends of an interval; sets of millions of pairs, whose intervals
// are narrow, get by with fewer, at a second's cost.
constexpr size_t kManyPairs = 1'000'000;
constexpr int kReplicates = 1000, kReplicatesOfMany = 100;

Json Number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }
Json Number(const std::optional<Interval>& value) {
  return value ? Json::array({value->low, value->high}) : Json(nullptr);
}

// The pairs of the sets from `first` to before `last`, as one.
ScoredPairs Pool(const std::vector<SetScores>& sets, size_t first, size_t last) {
  ScoredPairs pool;
  uint32_t identities_before = 0;
  for (size_t s = first; s < last; ++s) {
    const ImageSet& set = sets[s].set;
    const auto identity = [&](uint32_t image) {
      return identities_before + set.images[image].identity_index;
    };
    for (const PairScore& pair : sets[s].pairs) {
      (pair.mated ? pool.mated : pool.nonmated)
          .push_back({pair.score, identity(pair.probe), identity(pair.reference)});
    }
    pool.identities_of_set.push_back(set.identities);
    identities_before += set.identities;
  }
  const auto falling = [](const IdentifiedScore& a, const IdentifiedScore& b) {
    return a.score > b.score;
  };
  std::sort(pool.mated.begin(), pool.mated.end(), falling);
  std::sort(pool.nonmated.begin(), pool.nonmated.end(), falling);
  return pool;
}

template <typename AnyRates>
void AddRates(const AnyRates& rates, Json& object) {
  object["eer"] = Number(rates.eer);
  for (size_t i = 0; i < kFmrNames.size(); ++i) {
    object["fnmr_at_fmr"][kFmrNames[i]] = Number(rates.fnmr_at_fmr[i]);
  }
  object["fnmr_at_zero_fmr"] = Number(rates.fnmr_at_zero_fmr);
}

Rates RatesOf(const ScoredPairs& pairs) {
  std::vector<WeightedScore> mated, nonmated;
  for (const IdentifiedScore& p : pairs.mated) mated.push_back({p.score, 1});
  for (const IdentifiedScore& p : pairs.nonmated) nonmated.push_back({p.score, 1});
  return ComputeRates(mated, nonmated);
}

Json Figures(const std::vector<SetScores>& sets, size_t first, size_t last, bool pooled,
             int threads) {
  Json object;
  if (!pooled) object["set"] = sets[first].set.name;
  size_t images = 0;
  uint64_t identities = 0, nonmated_total = 0;
  Json failed = Json::array();
  for (size_t s = first; s < last; ++s) {
    images += sets[s].set.images.size();
    identities += sets[s].set.identities;
    nonmated_total += sets[s].nonmated_total;
    for (const std::string& name : sets[s].failed) {
      failed.push_back(pooled ? sets[s].set.name + "/" + name : name);
    }
  }
  const ScoredPairs pairs = Pool(sets, first, last);
  object["images"] = images;
  object["identities"] = identities;
  object["failed"] = std::move(failed);
  object["mated"] = pairs.mated.size();
  object["nonmated"] = pairs.nonmated.size();
  object["nonmated_total"] = nonmated_total;
  AddRates(RatesOf(pairs), object);
  const bool many = pairs.nonmated.size() > kManyPairs;
  const int replicates = many ? kReplicatesOfMany : kReplicates;
  AddRates(BootstrapIntervals(pairs, replicates, kBootstrapSeed, threads), object["ci95"]);
  object["ci95"]["replicates"] = replicates;
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
  for (size_t s = 0; s < evaluation.sets.size(); ++s) {
    report["sets"].push_back(Figures(evaluation.sets, s, s + 1, /*pooled=*/false, threads));
  }
  report["pooled"] = Figures(evaluation.sets, 0, evaluation.sets.size(), /*pooled=*/true, threads);
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
