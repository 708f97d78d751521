#include "tools/distinct/bench_plan.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"
#include "tools/distinct/image_set.h"
#include "tools/synthesis/town.h"

namespace distinct::cli {
namespace {

// Every how-manieth request is a mate: 0, none.
uint64_t MateEvery(double share) {
  return share <= 0 ? 0 : std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(1 / share)));
}

bool IsMate(uint64_t i, uint64_t every) { return every != 0 && i % every == every - 1; }

std::string IdOf(const BenchPlanOptions& options, uint64_t i) {
  return absl::StrCat(options.tag, "-", i);
}

std::string HeldIdOf(const BenchPlanOptions& options, uint64_t mate) {
  return absl::StrCat(options.tag, "-held-", mate);
}

v1::EnrolRequest RequestOf(std::string id, const BenchPlanOptions& options, uint64_t i,
                           uint32_t impression) {
  const synthesis::TownPerson person(options.seed, options.first_new + i);
  v1::EnrolRequest request;
  request.set_enrolment_id(std::move(id));
  for (synthesis::EncodedSample& image : person.Capture(impression)) {
    if (std::find(options.fingers.begin(), options.fingers.end(), image.position) ==
        options.fingers.end()) {
      continue;
    }
    v1::Sample* const sample = request.mutable_biometrics()->add_samples();
    sample->set_position(static_cast<v1::Position>(image.position));
    sample->set_image(std::move(image.png));
    sample->set_dpi(synthesis::kSampleDpi);
  }
  if (!options.faces.empty()) {
    const FacePair& face = options.faces[i % options.faces.size()];
    v1::Sample* const sample = request.mutable_biometrics()->add_samples();
    sample->set_position(v1::FACE);
    sample->set_image(impression == 0 ? face.first : face.second);
  }
  return request;
}

}  // namespace

absl::StatusOr<std::vector<FacePair>> ReadFacePairs(const std::string& folder, uint64_t count_max) {
  ASSIGN_OR_RETURN(const ImageSet set, ReadImageSet(folder));
  std::vector<FacePair> pairs;
  for (size_t i = 0; i + 1 < set.images.size() && pairs.size() < count_max; ++i) {
    const bool begins = i == 0 || set.images[i - 1].identity != set.images[i].identity;
    if (!begins || set.images[i + 1].identity != set.images[i].identity) continue;
    ASSIGN_OR_RETURN(std::string first, ReadFile(set.images[i].path));
    ASSIGN_OR_RETURN(std::string second, ReadFile(set.images[i + 1].path));
    pairs.push_back({std::move(first), std::move(second)});
  }
  if (!pairs.empty()) return pairs;
  return absl::InvalidArgumentError(absl::StrCat("faces: got no identity with two images in ",
                                                 folder, ", want IDENTITY_IMPRESSION.EXT"));
}

v1::EnrolRequest TemplateRequest(std::string enrolment_id, const synthesis::People& people,
                                 const population::Arrival& arrival,
                                 const std::vector<Position>& fingers) {
  v1::EnrolRequest request;
  request.set_enrolment_id(std::move(enrolment_id));
  for (Template& finger : people.Capture(arrival.person, arrival.impression, fingers)) {
    v1::Template* const features = request.mutable_biometrics()->add_templates();
    features->set_position(static_cast<v1::Position>(finger.position));
    features->set_version(finger.version);
    features->set_data(std::move(finger.bytes));
  }
  return request;
}

BenchPlan PlanFromTemplates(const BenchPlanOptions& options) {
  const uint64_t every = options.held == 0 ? 0 : MateEvery(options.mates);
  // Spread over the gallery: a prime's multiples.
  const auto held = [options](uint64_t i) { return i * 7919 % options.held; };
  BenchPlan plan;
  plan.count = options.count;
  plan.mate_of = [every, held](uint64_t i) {
    return IsMate(i, every) ? population::EnrolmentIdOf({held(i), 0}) : std::string();
  };
  const auto people = std::make_shared<const synthesis::People>(options.seed);
  plan.request = [options, people, every, held](uint64_t i) {
    const population::Arrival arrival = IsMate(i, every)
                                            ? population::Arrival{held(i), 1}
                                            : population::Arrival{options.first_new + i, 0};
    return TemplateRequest(IdOf(options, i), *people, arrival, options.fingers);
  };
  return plan;
}

BenchPlan PlanFromImages(const BenchPlanOptions& options) {
  const uint64_t every = MateEvery(options.mates);
  const auto requests = std::make_shared<std::vector<v1::EnrolRequest>>(options.count);
  BenchPlan plan;
  plan.count = options.count;
  if (every != 0) plan.before.resize(options.count / every);
  tbb::parallel_for(uint64_t{0}, options.count, [&](uint64_t i) {
    const bool mate = IsMate(i, every);
    if (mate) plan.before[i / every] = RequestOf(HeldIdOf(options, i / every), options, i, 0);
    (*requests)[i] = RequestOf(IdOf(options, i), options, i, mate ? 1 : 0);
  });
  plan.mate_of = [options, every](uint64_t i) {
    return IsMate(i, every) ? HeldIdOf(options, i / every) : std::string();
  };
  plan.request = [requests](uint64_t i) { return (*requests)[i]; };
  return plan;
}

}  // namespace distinct::cli
