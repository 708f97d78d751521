#include "tools/demo/score_study.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "matchers/finger/drawing.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"
#include "tools/distinct/eval.h"
#include "tools/distinct/eval_report.h"
#include "tools/distinct/image_set.h"

namespace distinct::demo {
namespace {

// Fifteen people give 150 mated and 2,100 non-mated finger pairs: a picture, in seconds.
constexpr size_t kPeopleMax = 15;
constexpr size_t kPicturesMax = 4;
// 500 dpi but for two sensors (the evaluation contract).
constexpr std::array<const char*, 6> kFvcSets = {"fvc2002_db1", "fvc2002_db2@569",
                                                 "fvc2002_db3", "fvc2004_db1",
                                                 "fvc2004_db2", "fvc2004_db3@512"};

struct Finger {
  std::string image;
  std::string features;  // empty: no template
};

struct Visitor {
  std::string person;
  std::map<v1::Position, Finger> first, later;
};

absl::Status Load(const Submission& visit, std::map<v1::Position, Finger>& fingers) {
  for (const cli::SampleFile& file : visit.samples) {
    if (file.position == v1::FACE) continue;
    ASSIGN_OR_RETURN(fingers[file.position].image, cli::ReadFile(file.path));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Visitor>> LoadVisitors(const Plan& plan) {
  std::map<std::string, const Submission*> first_of;
  for (const Submission& first : plan.first) first_of[first.person] = &first;
  std::vector<Visitor> visitors;
  for (const Submission& again : plan.again) {
    const auto first = first_of.find(again.person);
    if (first == first_of.end() || visitors.size() == kPeopleMax) continue;
    Visitor& visitor = visitors.emplace_back();
    visitor.person = again.person;
    RETURN_IF_ERROR(Load(*first->second, visitor.first));
    RETURN_IF_ERROR(Load(again, visitor.later));
  }
  return visitors;
}

void ExtractAll(const Modality& modality, int threads, std::vector<Visitor>& visitors) {
  std::vector<std::pair<Position, Finger*>> work;
  for (Visitor& visitor : visitors) {
    for (auto* visit : {&visitor.first, &visitor.later}) {
      for (auto& [position, finger] : *visit) {
        work.emplace_back(*PositionFromNumber(position), &finger);
      }
    }
  }
  tbb::enumerable_thread_specific<std::unique_ptr<Extractor>> extractors(
      [&] { return modality.NewExtractor(); });
  tbb::task_arena arena(threads);
  arena.execute([&] {
    tbb::parallel_for(size_t{0}, work.size(), [&](size_t i) {
      const auto& [position, finger] = work[i];
      auto extraction = extractors.local()->Extract({position, finger->image, 0}, nullptr);
      if (extraction.ok()) finger->features = std::move(extraction->features.bytes);
    });
  });
}

// First visits against later ones, position by position.
Scores CompareAll(const Modality& modality, const std::vector<Visitor>& visitors) {
  Scores scores;
  for (const Visitor& a : visitors) {
    for (const auto& [position, probe] : a.first) {
      if (probe.features.empty()) continue;
      const auto prepared = modality.Prepare(probe.features);
      for (const Visitor& b : visitors) {
        const auto reference = b.later.find(position);
        if (reference == b.later.end() || reference->second.features.empty()) continue;
        const double score = prepared->Compare(reference->second.features).value;
        (a.person == b.person ? scores.mated : scores.nonmated).push_back(score);
      }
    }
  }
  return scores;
}

absl::StatusOr<std::vector<PicturedPair>> DrawPictures(const Modality& modality,
                                                       const std::vector<Visitor>& visitors) {
  std::vector<PicturedPair> pictures;
  for (const Visitor& visitor : visitors) {
    if (pictures.size() == kPicturesMax) break;
    // Another finger for each picture.
    size_t skip = pictures.size();
    for (const auto& [position, first] : visitor.first) {
      const auto later = visitor.later.find(position);
      const bool usable = later != visitor.later.end() && !first.features.empty() &&
                          !later->second.features.empty();
      if (!usable || skip-- > 0) continue;
      const Position at = *PositionFromNumber(position);
      const Sample probe{at, first.image, 0}, reference{at, later->second.image, 0};
      const Explanation explanation =
          modality.Prepare(first.features)->Explain(later->second.features);
      PicturedPair& picture = pictures.emplace_back();
      picture.person = visitor.person;
      picture.position = std::string(PositionName(at));
      picture.score = explanation.score.value;
      ASSIGN_OR_RETURN(picture.first_png, finger::DrawMinutiae(probe, first.features));
      ASSIGN_OR_RETURN(picture.pairs_png, finger::DrawPairs(probe, reference, explanation));
      break;
    }
  }
  return pictures;
}

absl::Status AddFvc(const Modality& modality, const std::string& data_folder, int threads,
                    ScoreStudy& study) {
  std::vector<std::string> sets;
  for (const char* set : kFvcSets) {
    const std::string name = set;
    std::error_code ignored;
    const std::string folder =
        absl::StrCat(data_folder, "/finger/", name.substr(0, name.find('@')));
    if (std::filesystem::is_directory(folder, ignored)) {
      sets.push_back(absl::StrCat(data_folder, "/finger/", name));
    }
  }
  if (sets.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const cli::Evaluation evaluation, cli::Evaluate(modality, sets, threads));
  study.fvc.emplace();
  for (const cli::SetScores& set : evaluation.sets) {
    for (const cli::PairScore& pair : set.pairs) {
      if (pair.score < 0) continue;  // no template: no score to draw
      (pair.mated ? study.fvc->mated : study.fvc->nonmated).push_back(pair.score);
    }
  }
  study.fvc_report =
      cli::ReportOf(evaluation, modality, threads, kernels::CpuLevelName(kernels::ActiveLevel()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ScoreStudy> StudyScores(const Plan& plan, const cli::LocalModalities& local,
                                       const std::string& data_folder, int threads) {
  ASSIGN_OR_RETURN(const Modality* const modality,
                   cli::ModalityFor(local, Position::kUnknownFinger));
  ScoreStudy study;
  ASSIGN_OR_RETURN(std::vector<Visitor> visitors, LoadVisitors(plan));
  ExtractAll(*modality, threads, visitors);
  study.demo = CompareAll(*modality, visitors);
  ASSIGN_OR_RETURN(study.pictures, DrawPictures(*modality, visitors));
  if (!data_folder.empty()) RETURN_IF_ERROR(AddFvc(*modality, data_folder, threads, study));
  return study;
}

}  // namespace distinct::demo
