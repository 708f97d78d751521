#include "tools/distinct/case_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "matchers/face/drawing.h"
#include "matchers/finger/drawing.h"
#include "matchers/finger/template.h"
#include "matchers/image/header.h"
#include "matchers/kernels/cpu.h"
#include "matchers/modalities.h"
#include "matchers/status.h"

namespace distinct::cli {
namespace {

namespace fs = std::filesystem;

// Less than half a ridge period: one minutia, also if another version of the extractor found it.
constexpr float kSamePlacePx = 4;

struct Place {
  float x_px = 0, y_px = 0;  // at 500 dpi
};

struct KeptImage {
  v1::Sample sample;
  std::vector<finger::Minutia> minutiae;  // of a face, and of a print that yields none: empty
};

struct Person {
  std::string enrolment_id;
  std::vector<KeptImage> images;
};

Sample ViewOf(const KeptImage& kept) {
  return {static_cast<Position>(kept.sample.position()), kept.sample.image(), kept.sample.dpi()};
}

// All that ids may hold but the slash stays; a server's word is not trusted with a path.
std::string InFileName(std::string id) {
  for (char& c : id) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                       std::string_view("._:@-").find(c) != std::string_view::npos;
    if (!plain) c = '+';
  }
  return id;
}

std::string_view ExtensionOf(std::string_view image) {
  const absl::StatusOr<image::Header> header = image::ParseHeader(image);
  if (!header.ok()) return ".bin";
  switch (header->format) {
    case image::Format::kPng:
      return ".png";
    case image::Format::kJpeg:
      return ".jpg";
    case image::Format::kJpeg2000:
      return ".jp2";
    case image::Format::kTiff:
      return ".tif";
    case image::Format::kBmp:
      return ".bmp";
    case image::Format::kPnm:
      return ".pnm";
  }
  return ".bin";
}

size_t MinutiaeAt(const std::vector<Place>& places, const std::vector<finger::Minutia>& minutiae) {
  return static_cast<size_t>(std::count_if(places.begin(), places.end(), [&](const Place& place) {
    return std::any_of(minutiae.begin(), minutiae.end(), [&](const finger::Minutia& m) {
      return std::hypot(m.x_px - place.x_px, m.y_px - place.y_px) <= kSamePlacePx;
    });
  }));
}

// The image that was compared: up to three are of one position, and a template may have been sent
// without any, so it is the one that has these minutiae. Null: none has half of them.
const KeptImage* ImageWith(const std::vector<Place>& places, const Person& person,
                           v1::Position position) {
  const KeptImage* best = nullptr;
  size_t best_count = (places.size() + 1) / 2;
  for (const KeptImage& kept : person.images) {
    if (kept.sample.position() != position) continue;
    const size_t count = MinutiaeAt(places, kept.minutiae);
    if (count < best_count || (best != nullptr && count == best_count)) continue;
    best = &kept;
    best_count = count;
  }
  return best;
}

std::vector<const KeptImage*> ImagesOf(const Person& person, v1::Position position) {
  std::vector<const KeptImage*> images;
  for (const KeptImage& kept : person.images) {
    if (kept.sample.position() == position) images.push_back(&kept);
  }
  return images;
}

std::string WhyNone(const Person& person, v1::Position position) {
  const std::string what = absl::StrCat(person.enrolment_id, " at ", v1::Position_Name(position));
  if (ImagesOf(person, position).empty()) return absl::StrCat("no image of ", what, " is kept");
  return absl::StrCat("no kept image of ", what,
                      " has the minutiae compared: their template came without its image");
}

class CaseFolder {
 public:
  CaseFolder(std::string folder, std::unique_ptr<Extractor> fingers)
      : folder_(std::move(folder)), fingers_(std::move(fingers)) {}

  absl::StatusOr<Person> AddPerson(const std::string& enrolment_id,
                                   google::protobuf::RepeatedPtrField<v1::Sample>& samples) {
    Person person{enrolment_id, {}};
    for (v1::Sample& sample : samples) {
      KeptImage kept{std::move(sample), {}};
      const v1::Position position = kept.sample.position();
      const std::string file = absl::StrCat(
          InFileName(enrolment_id), "_", v1::Position_Name(position), "_",
          ImagesOf(person, position).size() + 1, std::string(ExtensionOf(kept.sample.image())));
      RETURN_IF_ERROR(Write(kept.sample.image(), file));
      samples_.push_back({{"enrolment_id", enrolment_id},
                          {"position", v1::Position_Name(position)},
                          {"dpi", kept.sample.dpi()},
                          {"bytes", kept.sample.image().size()},
                          {"file", file}});
      kept.minutiae = MinutiaeOf(kept);
      person.images.push_back(std::move(kept));
    }
    return person;
  }

  absl::Status AddPairs(const Person& probe, const Person& candidate,
                        const google::protobuf::RepeatedPtrField<v1::PairComparison>& pairs) {
    for (const v1::PairComparison& pair : pairs) {
      RETURN_IF_ERROR(pair.position() == v1::FACE ? AddFaces(probe, candidate, pair)
                                                  : AddFinger(probe, candidate, pair));
    }
    return absl::OkStatus();
  }

  bool drawn() const { return drawn_; }
  // Of the first pair that was not drawn; empty: all were.
  const std::string& why_not() const { return why_not_; }
  Json ToJson() && {
    return {{"samples", std::move(samples_)}, {"pictures", std::move(pictures_)}};
  }

 private:
  absl::Status Write(const std::string& bytes, const std::string& file) {
    std::error_code error;
    // They are people's prints.
    if (fs::create_directories(folder_, error)) {
      fs::permissions(folder_, fs::perms::owner_all, error);
    }
    if (error) {
      return absl::InvalidArgumentError(absl::StrCat("pictures: got ", folder_.string(), " (",
                                                     error.message(),
                                                     "), want a folder that can be written"));
    }
    return WriteText(bytes, (folder_ / file).string());
  }

  std::vector<finger::Minutia> MinutiaeOf(const KeptImage& kept) {
    if (kept.sample.position() == v1::FACE) return {};
    const absl::StatusOr<Extraction> extraction = fingers_->Extract(ViewOf(kept), nullptr);
    if (!extraction.ok()) return {};  // it was no use to the server either
    return finger::ParseTemplate(extraction->features.bytes)->minutiae;
  }

  absl::Status AddFinger(const Person& probe, const Person& candidate,
                         const v1::PairComparison& pair) {
    Explanation explanation;
    std::vector<Place> of_probe, of_candidate;
    for (const v1::PairedMinutiae& paired : pair.minutiae()) {
      of_probe.push_back(
          {static_cast<float>(paired.probe_x()), static_cast<float>(paired.probe_y())});
      of_candidate.push_back(
          {static_cast<float>(paired.reference_x()), static_cast<float>(paired.reference_y())});
      explanation.pairs.push_back({of_probe.back().x_px, of_probe.back().y_px,
                                   of_candidate.back().x_px, of_candidate.back().y_px,
                                   static_cast<float>(paired.share())});
    }
    const KeptImage* const left = ImageWith(of_probe, probe, pair.position());
    if (left == nullptr) return NotDrawn(candidate, pair, WhyNone(probe, pair.position()));
    const KeptImage* const right = ImageWith(of_candidate, candidate, pair.reference_position());
    if (right == nullptr) {
      return NotDrawn(candidate, pair, WhyNone(candidate, pair.reference_position()));
    }
    ASSIGN_OR_RETURN(const std::string png,
                     finger::DrawPairs(ViewOf(*left), ViewOf(*right), explanation));
    const bool relabelled = pair.position() != pair.reference_position();
    return Drawn(candidate, pair, png,
                 relabelled ? absl::StrCat("-", v1::Position_Name(pair.reference_position()))
                            : std::string());
  }

  // Which of several were compared cannot be seen, so each is shown beside each.
  absl::Status AddFaces(const Person& probe, const Person& candidate,
                        const v1::PairComparison& pair) {
    const auto left = ImagesOf(probe, v1::FACE), right = ImagesOf(candidate, v1::FACE);
    if (left.empty()) return NotDrawn(candidate, pair, WhyNone(probe, v1::FACE));
    if (right.empty()) return NotDrawn(candidate, pair, WhyNone(candidate, v1::FACE));
    const bool one = left.size() == 1 && right.size() == 1;
    for (size_t i = 0; i < left.size(); ++i) {
      for (size_t j = 0; j < right.size(); ++j) {
        ASSIGN_OR_RETURN(const std::string png,
                         face::DrawBeside(left[i]->sample.image(), right[j]->sample.image()));
        RETURN_IF_ERROR(Drawn(candidate, pair, png,
                              one ? std::string() : absl::StrCat("_", i + 1, "_", j + 1)));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Drawn(const Person& candidate, const v1::PairComparison& pair,
                     const std::string& png, const std::string& suffix) {
    const std::string file = absl::StrCat(InFileName(candidate.enrolment_id), "_",
                                          v1::Position_Name(pair.position()), suffix, ".png");
    RETURN_IF_ERROR(Write(png, file));
    drawn_ = true;
    pictures_.push_back(PairJson(candidate, pair));
    pictures_.back()["file"] = file;
    return absl::OkStatus();
  }

  absl::Status NotDrawn(const Person& candidate, const v1::PairComparison& pair,
                        const std::string& why) {
    if (why_not_.empty()) why_not_ = why;
    pictures_.push_back(PairJson(candidate, pair));
    pictures_.back()["file"] = nullptr;
    pictures_.back()["why"] = why;
    return absl::OkStatus();
  }

  static Json PairJson(const Person& candidate, const v1::PairComparison& pair) {
    return {{"candidate", candidate.enrolment_id},
            {"position", v1::Position_Name(pair.position())},
            {"reference_position", v1::Position_Name(pair.reference_position())}};
  }

  const fs::path folder_;
  const std::unique_ptr<Extractor> fingers_;
  Json samples_ = Json::array(), pictures_ = Json::array();
  bool drawn_ = false;
  std::string why_not_;
};

absl::Status NothingKept(const std::string& enrolment_id, const std::string& why) {
  return absl::FailedPreconditionError(absl::StrCat(
      "pictures: got nothing to draw (", why,
      "), want images of both; the server keeps those of enrolments by image while distinctd runs "
      "with --keep-samples, so start it so for those to come; of this one see which minutiae "
      "`distinct case ",
      enrolment_id, "` tells, or capture the person again"));
}

}  // namespace

absl::StatusOr<Json> WriteCasePictures(const std::string& enrolment_id, const std::string& folder,
                                       const CaseWithSamples& ask) {
  RETURN_IF_ERROR(kernels::LevelFromEnvironment().status());
  ASSIGN_OR_RETURN(const Modalities fingers, Modalities::Create(std::nullopt));
  CaseFolder files(folder, fingers.For(Position::kUnknownFinger)->NewExtractor());
  ASSIGN_OR_RETURN(v1::GetCaseResponse shown, ask(enrolment_id));
  ASSIGN_OR_RETURN(const Person probe, files.AddPerson(enrolment_id, *shown.mutable_samples()));
  for (const v1::CaseCandidate& candidate : shown.candidates()) {
    const std::string& id = candidate.candidate().enrolment_id();
    ASSIGN_OR_RETURN(v1::GetCaseResponse with, ask(id));
    ASSIGN_OR_RETURN(const Person person, files.AddPerson(id, *with.mutable_samples()));
    // Of the same answer as the samples: an update may have brought others since the first.
    for (const v1::CaseCandidate& now : with.candidates()) {
      if (now.candidate().enrolment_id() != id) continue;
      RETURN_IF_ERROR(files.AddPairs(probe, person, now.comparisons()));
    }
  }
  if (!files.drawn() && !files.why_not().empty()) return NothingKept(enrolment_id, files.why_not());
  if (!files.drawn() && probe.images.empty()) {
    return NothingKept(enrolment_id, absl::StrCat("no image of ", enrolment_id, " is kept"));
  }
  return std::move(files).ToJson();
}

}  // namespace distinct::cli
