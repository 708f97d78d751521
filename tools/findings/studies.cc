#include "tools/findings/studies.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/enrolment/checks.h"
#include "engine/search/cascade.h"
#include "engine/search/mirrored_search.h"
#include "matchers/check.h"
#include "matchers/finger/finger.h"
#include "matchers/finger/one_image.h"
#include "matchers/image/decode.h"
#include "matchers/image/encode.h"
#include "matchers/status.h"
#include "tools/distinct/image_set.h"
#include "tools/synthesis/people.h"
#include "tools/synthesis/town.h"

namespace distinct::findings {
namespace {

using cli::Json;

// One image a task, an extractor a thread. Empty bytes: no usable finger.
std::vector<std::string> ExtractAll(const Modality& finger, absl::Span<const Sample> samples) {
  std::vector<std::string> templates(samples.size());
  tbb::enumerable_thread_specific<std::unique_ptr<Extractor>> extractors(
      [&] { return finger.NewExtractor(); });
  tbb::parallel_for(size_t{0}, samples.size(), [&](size_t i) {
    const auto extracted = extractors.local()->Extract(samples[i], nullptr);
    if (extracted.ok()) templates[i] = extracted->features.bytes;
  });
  return templates;
}

Json Quantiles(std::vector<float> values) {
  if (values.empty()) return nullptr;
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return {{"count", values.size()}, {"least", values.front()}, {"1%", at(0.01)},
          {"50%", at(0.5)},         {"99%", at(0.99)},         {"largest", values.back()}};
}

Json AtLeast(const std::vector<float>& values, const std::vector<float>& thresholds) {
  Json json;
  for (const float threshold : thresholds) {
    json[absl::StrCat(threshold)] = std::count_if(values.begin(), values.end(),
                                                  [&](float value) { return value >= threshold; });
  }
  return json;
}

// ---- one image

// What may befall an image between a capture and a replay.
struct Change {
  const char* name;
  std::function<std::string(const image::GreyImage&)> make;
};

image::GreyImage Cropped(const image::GreyImage& from, int left_px, int top_px) {
  image::GreyImage to;
  to.width_px = from.width_px - left_px;
  to.height_px = from.height_px - top_px;
  for (int y = top_px; y < from.height_px; ++y) {
    const auto row = from.pixels.begin() + static_cast<std::ptrdiff_t>(y) * from.width_px;
    to.pixels.insert(to.pixels.end(), row + left_px, row + from.width_px);
  }
  return to;
}

std::string Lighter(image::GreyImage picture) {
  for (uint8_t& pixel : picture.pixels) pixel = static_cast<uint8_t>(pixel * 8 / 10 + 40);
  return image::EncodePng(View(picture));
}

std::vector<Change> Changes() {
  const auto jpeg = [](int quality) {
    return [quality](const image::GreyImage& picture) {
      return image::EncodeJpeg(View(picture), quality);
    };
  };
  return {
      {"JPEG 90", jpeg(90)},
      {"JPEG 50", jpeg(50)},
      {"JPEG 20", jpeg(20)},
      {"cropped by 11 and 7 px",
       [](const image::GreyImage& p) { return image::EncodePng(View(Cropped(p, 11, 7))); }},
      {"cropped by 40 px, JPEG 75",
       [](const image::GreyImage& p) { return image::EncodeJpeg(View(Cropped(p, 40, 40)), 75); }},
      {"lighter", Lighter}};
}

float Share(const std::string& a, const std::string& b) {
  return finger::ShareInPlace(finger::TemplateView(a), finger::TemplateView(b));
}

// ---- the town

struct Capture {
  std::vector<std::string> fingers;  // templates, in the order of kTenFingers
};

std::vector<std::array<Capture, 2>> CaptureTown(const Modality& finger, uint64_t seed,
                                                uint64_t persons) {
  std::vector<std::array<Capture, 2>> town(persons);
  tbb::enumerable_thread_specific<std::unique_ptr<Extractor>> extractors(
      [&] { return finger.NewExtractor(); });
  tbb::parallel_for(uint64_t{0}, persons, [&](uint64_t person) {
    const synthesis::TownPerson grown(seed, person);
    for (uint32_t impression = 0; impression < 2; ++impression) {
      for (const synthesis::EncodedSample& sample : grown.Capture(impression)) {
        const auto extracted = extractors.local()->Extract(
            {sample.position, sample.png, synthesis::kSampleDpi}, nullptr);
        town[person][impression].fingers.push_back(extracted.ok() ? extracted->features.bytes
                                                                  : std::string());
      }
    }
  });
  return town;
}

struct Pair {
  Llr llr;
  int quality = 0;  // the lower of the two
};

std::optional<Pair> Compare(const Modality& finger, const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return std::nullopt;
  return Pair{finger.Calibrate(finger.Prepare(a)->Compare(b)),
              std::min(finger.QualityOf(a), finger.QualityOf(b)).value};
}

// Pairs at or below each evidence, of those with at least a quality.
Json OtherByQuality(const std::vector<Pair>& pairs) {
  Json json;
  for (const int quality : {0, 30, 40, 50, 60, 70}) {
    Json row;
    int64_t count = 0;
    std::map<float, int64_t> below;
    for (const Pair& pair : pairs) {
      if (pair.quality < quality) continue;
      ++count;
      for (const float llr : {-3.4F, -3.0F, -2.0F, 0.0F}) below[llr] += pair.llr.value <= llr;
    }
    row["pairs"] = count;
    for (const auto& [llr, n] : below) row[absl::StrCat("llr <= ", llr)] = n;
    json[absl::StrCat("quality >= ", quality)] = row;
  }
  return json;
}

// ---- hands exchanged

double CpuMs() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::vector<Template> Exchanged(std::vector<Template> person) {
  for (Template& finger : person) finger.position = search::Mirrored(finger.position);
  return person;
}

}  // namespace

absl::StatusOr<Json> StudyPrints(const Modality& finger, const std::vector<std::string>& sets) {
  std::vector<float> mated;
  std::vector<Pair> pairs;
  const std::vector<Change> changes = Changes();
  std::vector<std::vector<float>> again(changes.size());
  int64_t images = 0;
  for (const std::string& name : sets) {
    ASSIGN_OR_RETURN(const cli::ImageSet set, cli::ReadImageSet(name));
    std::vector<std::string> files;
    for (const cli::ImageFile& file : set.images) {
      ASSIGN_OR_RETURN(files.emplace_back(), cli::ReadFile(file.path));
    }
    const auto extract = [&](const std::vector<std::string>& bytes) {
      std::vector<Sample> samples;
      for (size_t i = 0; i < bytes.size(); ++i) {
        samples.push_back({Position::kUnknownFinger, bytes[i], set.images[i].dpi});
      }
      return ExtractAll(finger, samples);
    };
    const std::vector<std::string> templates = extract(files);
    images += static_cast<int64_t>(files.size());
    for (size_t i = 0; i < templates.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (set.images[i].identity_index != set.images[j].identity_index) continue;
        if (const auto pair = Compare(finger, templates[i], templates[j])) {
          mated.push_back(Share(templates[i], templates[j]));
          pairs.push_back(*pair);
        }
      }
    }
    std::vector<image::GreyImage> pictures;
    for (const std::string& file : files) {
      ASSIGN_OR_RETURN(pictures.emplace_back(), image::DecodeGrey(file));
    }
    for (size_t c = 0; c < changes.size(); ++c) {
      std::vector<std::string> changed;
      for (const image::GreyImage& picture : pictures) changed.push_back(changes[c].make(picture));
      const std::vector<std::string> replays = extract(changed);
      for (size_t i = 0; i < replays.size(); ++i) {
        const bool both = !templates[i].empty() && !replays[i].empty();
        again[c].push_back(both ? Share(templates[i], replays[i]) : 0);
      }
    }
  }
  const std::vector<float> thresholds = {0.4F, 0.5F, 0.6F, finger::kOneImageShareMin, 0.7F, 0.8F};
  Json json{{"images", images},
            {"threshold", finger::kOneImageShareMin},
            {"mated_share", Quantiles(mated)},
            {"mated_alarms_at", AtLeast(mated, thresholds)},
            {"mated_that_seem_of_two", OtherByQuality(pairs)}};
  for (size_t c = 0; c < changes.size(); ++c) {
    json["replays"][changes[c].name] = {{"share", Quantiles(again[c])},
                                        {"found_at", AtLeast(again[c], thresholds)}};
  }
  return json;
}

Json StudyTown(const Modality& finger, uint64_t seed, uint64_t persons) {
  const auto town = CaptureTown(finger, seed, persons);
  std::vector<Pair> mated, strangers;
  std::vector<float> one_finger, other_fingers;
  std::map<int, int64_t> persons_with;  // so many fingers that seem another's, of their own
  for (size_t p = 0; p < town.size(); ++p) {
    int seem_others = 0;
    for (size_t f = 0; f < synthesis::kTenFingers.size(); ++f) {
      const auto& fingers = town[p][0].fingers;
      if (const auto same = Compare(finger, fingers[f], town[p][1].fingers[f])) {
        mated.push_back(*same);
        one_finger.push_back(same->llr.value);
        seem_others += same->llr <= enrolment::kOtherFingerLlr &&
                       same->quality >= enrolment::kMixedQualityMin.value;
      }
      const auto& next = town[(p + 1) % town.size()][1].fingers;
      if (const auto stranger = Compare(finger, fingers[f], next[f])) {
        strangers.push_back(*stranger);
      }
      for (size_t g = 0; g < f; ++g) {
        const auto other = Compare(finger, fingers[f], fingers[g]);
        if (other) other_fingers.push_back(other->llr.value);
      }
    }
    ++persons_with[seem_others];
  }
  const std::vector<float> thresholds = {0, 3, 6.9F, 10, 13.8F};
  Json json{{"persons", persons},
            {"one_finger_twice",
             {{"llr", Quantiles(one_finger)}, {"at_least", AtLeast(one_finger, thresholds)}}},
            {"two_fingers_of_one_capture",
             {{"llr", Quantiles(other_fingers)}, {"at_least", AtLeast(other_fingers, thresholds)}}},
            {"mated_that_seem_of_two", OtherByQuality(mated)},
            {"nonmated_that_seem_of_two", OtherByQuality(strangers)}};
  for (const auto& [fingers, count] : persons_with) {
    json["persons_by_own_fingers_that_seem_others"][absl::StrCat(fingers)] = count;
  }
  return json;
}

absl::StatusOr<Json> StudyMirrored(uint64_t seed, uint64_t persons) {
  constexpr uint64_t kProbes = 100;
  std::vector<std::unique_ptr<Modality>> list;
  list.push_back(finger::CreateFingerModality());
  const Modalities modalities(std::move(list));
  const synthesis::People people(seed);
  ASSIGN_OR_RETURN(const auto gallery, gallery::Gallery::Create(modalities, {}));
  for (uint64_t person = 0; person < persons; ++person) {
    RETURN_IF_ERROR(gallery->Add(Ticket{person + 1}, people.Capture(person, 0)));
  }
  search::SearchOptions options;
  options.upto = Ticket{persons + 1};
  options.llr_min = enrolment::kSameFingerLlr;
  Json json{{"persons", persons}, {"probes", kProbes}};
  const auto mean_ms = [](double total) { return total / static_cast<double>(kProbes); };
  {
    const search::Cascade cascade(modalities, *gallery, {});
    uint64_t found = 0;
    const double start = CpuMs();
    for (uint64_t i = 0; i < kProbes; ++i) {
      const auto probe = Exchanged(people.Capture(i * persons / kProbes, 1));
      ASSIGN_OR_RETURN(const search::CandidateList alike, cascade.Search(probe, options));
      found += !alike.candidates.empty();
    }
    json["search_itself"] = {{"cpu_ms", mean_ms(CpuMs() - start)}, {"found", found}};
  }
  for (const int fingers : {1, 2, 3, 4}) {
    search::CascadeBudgets budgets;
    budgets.mirrored_fingers = fingers;
    const search::Cascade cascade(modalities, *gallery, budgets);
    uint64_t found = 0, alarms = 0;
    const double start = CpuMs();
    for (uint64_t i = 0; i < kProbes; ++i) {
      const uint64_t person = i * persons / kProbes;
      ASSIGN_OR_RETURN(const auto alike,
                       cascade.SearchMirrored(Exchanged(people.Capture(person, 1)), options));
      found += !alike.empty() && alike[0].ticket == Ticket{person + 1};
    }
    const double cpu_ms = mean_ms(CpuMs() - start);
    const double strangers_start = CpuMs();
    for (uint64_t i = 0; i < kProbes; ++i) {
      ASSIGN_OR_RETURN(const auto alike,
                       cascade.SearchMirrored(people.Capture(persons + i, 0), options));
      alarms += !alike.empty();
    }
    json["mirrored"][absl::StrCat(fingers, fingers == 1 ? " finger" : " fingers")] = {
        {"cpu_ms", cpu_ms},
        {"found", found},
        {"cpu_ms_of_strangers", mean_ms(CpuMs() - strangers_start)},
        {"strangers_taken_for_somebody", alarms}};
  }
  return json;
}

}  // namespace distinct::findings
