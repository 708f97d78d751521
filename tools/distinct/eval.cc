#include "tools/distinct/eval.h"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <memory>
#include <utility>

#include "matchers/status.h"
#include "tools/distinct/pair_plan.h"
#include "tools/distinct/progress.h"

namespace distinct::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Between two batches files are read and progress is shown: neither belongs into a TBB task.
constexpr size_t kImagesPerBatch = 64;
constexpr size_t kRowsPerBatch = 32;
// Enough for a 95th percentile, few enough to add seconds to a run on several threads.
constexpr size_t kTimedImagesMax = 100;
constexpr size_t kTimedProbes = 5;
constexpr std::chrono::milliseconds kTimedProbeSpan{200};

struct Outcome {
  std::string bytes;  // of the template; empty if there is none
  ImageFacts facts;
  double extract_ms = 0;
  double extract_cpu_ms = 0;
};

double ThreadCpuMs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double Milliseconds(Clock::duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

Outcome ExtractOne(Extractor& extractor, Position position, const std::string& image, double dpi) {
  const auto start = Clock::now();
  const double cpu_start_ms = ThreadCpuMs();
  absl::StatusOr<Extraction> extraction = extractor.Extract({position, image, dpi}, nullptr);
  Outcome outcome;
  outcome.extract_ms = Milliseconds(Clock::now() - start);
  outcome.extract_cpu_ms = ThreadCpuMs() - cpu_start_ms;
  if (extraction.ok()) {
    outcome.bytes = std::move(extraction->features.bytes);
    outcome.facts.quality = extraction->features.quality;
    outcome.facts.flags = std::move(extraction->flags);
  } else {
    outcome.facts.failure = std::string(extraction.status().message());
  }
  return outcome;
}

double Percentile(std::vector<double>& values, size_t percent) {
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) * percent / 100];
}

class Evaluator {
 public:
  Evaluator(const Modality& modality, int threads)
      : modality_(modality),
        position_(modality.Serves(Position::kFace) ? Position::kFace : Position::kUnknownFinger),
        threads_(threads),
        arena_(threads),
        extractors_([&modality] { return modality.NewExtractor(); }) {}

  absl::Status AddSet(const std::string& name);
  // After the last set.
  absl::StatusOr<Evaluation> Finish();

 private:
  absl::StatusOr<std::vector<Outcome>> ExtractAll(const ImageSet& set);
  void CompareAll(const std::vector<Outcome>& outcomes, SetScores& scores);
  absl::Status TimeExtraction();
  void TimeComparison();
  void CountVotes();
  void AddTime(const Outcome& outcome) {
    extract_ms_.push_back(outcome.extract_ms);
    extract_cpu_ms_.push_back(outcome.extract_cpu_ms);
  }

  const Modality& modality_;
  const Position position_;
  const int threads_;
  tbb::task_arena arena_;
  tbb::enumerable_thread_specific<std::unique_ptr<Extractor>> extractors_;
  Evaluation evaluation_;
  std::vector<double> extract_ms_, extract_cpu_ms_;
  std::vector<std::vector<std::string>> templates_;  // of each set's images; empty: none
};

absl::StatusOr<std::vector<Outcome>> Evaluator::ExtractAll(const ImageSet& set) {
  std::vector<Outcome> outcomes(set.images.size());
  Progress progress(set.name + ": images", set.images.size());
  for (size_t begin = 0; begin < outcomes.size(); begin += kImagesPerBatch) {
    const size_t end = std::min(outcomes.size(), begin + kImagesPerBatch);
    std::vector<std::string> files;
    for (size_t i = begin; i < end; ++i) {
      ASSIGN_OR_RETURN(std::string file, ReadFile(set.images[i].path));
      files.push_back(std::move(file));
    }
    arena_.execute([&] {
      tbb::parallel_for(begin, end, [&](size_t i) {
        outcomes[i] =
            ExtractOne(*extractors_.local(), position_, files[i - begin], set.images[i].dpi);
      });
    });
    progress.Add(end - begin);
  }
  return outcomes;
}

void Evaluator::CompareAll(const std::vector<Outcome>& outcomes, SetScores& scores) {
  const PairPlan plan(scores.set, kNonmatedMax);
  scores.nonmated_total = plan.nonmated_total();
  std::vector<std::vector<PairScore>> rows(kRowsPerBatch);
  Progress progress(scores.set.name + ": pairs", 0);
  const auto compare_row = [&](uint32_t probe, std::vector<PairScore>& row) {
    row.clear();
    std::unique_ptr<PreparedProbe> prepared;
    if (!outcomes[probe].bytes.empty()) prepared = modality_.Prepare(outcomes[probe].bytes);
    plan.ForEachInRow(probe, [&](uint32_t reference, bool mated) {
      const std::string& bytes = outcomes[reference].bytes;
      const bool failed = prepared == nullptr || bytes.empty();
      const float score = failed ? kFailureScore : prepared->Compare(bytes).value;
      row.push_back({probe, reference, score, mated});
    });
  };
  for (size_t begin = 0; begin < outcomes.size(); begin += kRowsPerBatch) {
    const size_t end = std::min(outcomes.size(), begin + kRowsPerBatch);
    arena_.execute([&] {
      tbb::parallel_for(begin, end, [&](size_t probe) {
        compare_row(static_cast<uint32_t>(probe), rows[probe - begin]);
      });
    });
    for (size_t i = 0; i < end - begin; ++i) {
      scores.pairs.insert(scores.pairs.end(), rows[i].begin(), rows[i].end());
      progress.Add(rows[i].size());
    }
  }
}

absl::Status Evaluator::AddSet(const std::string& name) {
  SetScores scores;
  ASSIGN_OR_RETURN(scores.set, ReadImageSet(name));
  ASSIGN_OR_RETURN(std::vector<Outcome> outcomes, ExtractAll(scores.set));
  std::vector<std::string>& templates = templates_.emplace_back();
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (threads_ == 1) AddTime(outcomes[i]);
    scores.facts.push_back(outcomes[i].facts);
    if (outcomes[i].bytes.empty()) {
      std::fprintf(stderr, "%s: %s\n", scores.set.images[i].path.c_str(),
                   outcomes[i].facts.failure.c_str());
    }
    templates.push_back(outcomes[i].bytes);
  }
  CompareAll(outcomes, scores);
  evaluation_.sets.push_back(std::move(scores));
  return absl::OkStatus();
}

// With several threads busy, each is slower than one alone: time one, over images of all sets.
absl::Status Evaluator::TimeExtraction() {
  std::vector<const ImageFile*> images;
  for (const SetScores& scores : evaluation_.sets) {
    for (const ImageFile& image : scores.set.images) images.push_back(&image);
  }
  const size_t timed = std::min(images.size(), kTimedImagesMax);
  const std::unique_ptr<Extractor> extractor = modality_.NewExtractor();
  Progress progress("timing: images", timed);
  for (size_t i = 0; i < timed; ++i) {
    const ImageFile& image = *images[i * images.size() / timed];
    ASSIGN_OR_RETURN(const std::string file, ReadFile(image.path));
    // The first call grows the scratch memory, which a service does once.
    if (i == 0) ExtractOne(*extractor, position_, file, image.dpi);
    AddTime(ExtractOne(*extractor, position_, file, image.dpi));
    progress.Add(1);
  }
  return absl::OkStatus();
}

void Evaluator::TimeComparison() {
  std::vector<std::string> references;  // of the largest set
  for (const std::vector<std::string>& set : templates_) {
    std::vector<std::string> found;
    std::copy_if(set.begin(), set.end(), std::back_inserter(found),
                 [](const std::string& bytes) { return !bytes.empty(); });
    if (found.size() > references.size()) references = std::move(found);
  }
  if (references.empty()) return;
  std::vector<double> rates;
  for (size_t p = 0; p < kTimedProbes; ++p) {
    const auto probe = modality_.Prepare(references[p * references.size() / kTimedProbes]);
    float sink = 0;
    uint64_t compared = 0;
    const auto start = Clock::now();
    Clock::duration span{};
    do {
      for (const std::string& reference : references) sink += probe->Compare(reference).value;
      compared += references.size();
      span = Clock::now() - start;
    } while (span < kTimedProbeSpan);
    const bool used = std::isfinite(sink);  // keeps the compiler from leaving the loop out
    rates.push_back(used ? static_cast<double>(compared) / (Milliseconds(span) / 1000) : 0);
  }
  std::sort(rates.begin(), rates.end());
  evaluation_.compare_per_s = rates[rates.size() / 2];
}

void Evaluator::CountVotes() {
  std::vector<const ImageSet*> sets;
  std::vector<std::vector<std::string>> codes;
  bool any = false;
  for (size_t s = 0; s < templates_.size(); ++s) {
    sets.push_back(&evaluation_.sets[s].set);
    codes.emplace_back();
    for (const std::string& bytes : templates_[s]) {
      const bool searchable = !bytes.empty() && modality_.Searchable(bytes);
      codes.back().emplace_back(searchable ? modality_.Codes(bytes) : "");
      any = any || !codes.back().back().empty();
    }
  }
  if (any) arena_.execute([&] { evaluation_.voting = CountVotingMisses(sets, codes); });
}

absl::StatusOr<Evaluation> Evaluator::Finish() {
  if (threads_ > 1) RETURN_IF_ERROR(TimeExtraction());
  TimeComparison();
  CountVotes();
  evaluation_.extract_ms_p50 = Percentile(extract_ms_, 50);
  evaluation_.extract_ms_p95 = Percentile(extract_ms_, 95);
  evaluation_.extract_cpu_ms_p50 = Percentile(extract_cpu_ms_, 50);
  double bytes = 0, count = 0;
  for (const auto& set : templates_) {
    for (const std::string& t : set) {
      bytes += static_cast<double>(t.size());
      count += t.empty() ? 0 : 1;
    }
  }
  evaluation_.template_bytes_mean = count > 0 ? bytes / count : 0;
  return std::move(evaluation_);
}

}  // namespace

absl::StatusOr<Evaluation> Evaluate(const Modality& modality, absl::Span<const std::string> sets,
                                    int threads) {
  Evaluator evaluator(modality, threads);
  for (const std::string& set : sets) RETURN_IF_ERROR(evaluator.AddSet(set));
  return evaluator.Finish();
}

}  // namespace distinct::cli
