#include "tools/demo/plan.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"
#include "matchers/types.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/progress.h"
#include "tools/synthesis/town.h"

namespace distinct::demo {
namespace {

constexpr int kPeoplePerBatch = 10;  // between two batches the files are written
constexpr int kEveryNthRaces = 4;
constexpr size_t kRacesMax = 10;

std::string TownName(int person) {
  char name[32];
  std::snprintf(name, sizeof name, "person-%03d", person + 1);
  return name;
}

bool RacesInTown(int person) { return person >= kTownFirst; }

// Every sixth or so of the first hundred, so that the fifteen are not neighbours.
bool ComesAgain(int person) {
  return !RacesInTown(person) &&
         person * kTownAgain / kTownFirst != (person + 1) * kTownAgain / kTownFirst;
}

struct NamedImage {
  std::string name, png;
};

std::vector<NamedImage> Capture(uint64_t seed, int person) {
  const synthesis::TownPerson grown(seed, static_cast<uint64_t>(person));
  const uint32_t impressions = ComesAgain(person) || RacesInTown(person) ? 2 : 1;
  std::vector<NamedImage> images;
  for (uint32_t impression = 0; impression < impressions; ++impression) {
    for (synthesis::EncodedSample& sample : grown.Capture(impression)) {
      images.push_back(
          {absl::StrCat(TownName(person), "_", std::string(PositionName(sample.position)), "_",
                        impression + 1, ".png"),
           std::move(sample.png)});
    }
  }
  return images;
}

// The images of one visit, by impression.
using Visits = std::vector<std::vector<cli::SampleFile>>;

Visits VisitsOf(const std::vector<cli::PersonImage>& images) {
  Visits visits;
  std::string impression;
  for (const cli::PersonImage& image : images) {
    if (visits.empty() || image.impression != impression) visits.emplace_back();
    impression = image.impression;
    visits.back().push_back(image.sample);
  }
  return visits;
}

}  // namespace

absl::Status GenerateTown(uint64_t seed, const std::string& folder) {
  const int people = kTownFirst + kTownRaces;
  cli::Progress progress("people generated", static_cast<uint64_t>(people));
  for (int begin = 0; begin < people; begin += kPeoplePerBatch) {
    std::vector<std::vector<NamedImage>> batch(kPeoplePerBatch);
    tbb::parallel_for(0, kPeoplePerBatch,
                      [&](int i) { batch[static_cast<size_t>(i)] = Capture(seed, begin + i); });
    for (const auto& person : batch) {
      for (const NamedImage& image : person) {
        RETURN_IF_ERROR(cli::WriteText(image.png, std::filesystem::path(folder) / image.name));
      }
      progress.Add(1);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Plan> PlanOver(const std::string& folder, bool generated) {
  ASSIGN_OR_RETURN(const auto people, cli::ReadPeople(folder));
  Plan plan;
  int person_index = 0, repeaters = 0;
  for (const auto& [person, images] : people) {
    const Visits visits = VisitsOf(images);
    const auto submission = [&, &name = person](size_t visit) {
      const std::string id = visit == 0 ? name : absl::StrCat("new-name-", visit, "-of-", name);
      return Submission{id, name, visits[visit]};
    };
    repeaters += visits.size() > 1 ? 1 : 0;
    const bool races = visits.size() > 1 && (generated ? RacesInTown(person_index)
                                                       : repeaters % kEveryNthRaces == 0 &&
                                                             plan.races.size() < kRacesMax);
    size_t visit = 1;
    if (races) {
      plan.races.push_back({submission(0), submission(1)});
      visit = 2;
    } else {
      plan.first.push_back(submission(0));
    }
    for (; visit < visits.size(); ++visit) plan.again.push_back(submission(visit));
    ++person_index;
  }
  return plan;
}

}  // namespace distinct::demo
