#include "engine/service/extraction_pool.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "engine/service/convert.h"
#include "engine/service/status.h"
#include "matchers/image/decode.h"
#include "matchers/image/header.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

// A picture of the largest size takes about a second to extract.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

int64_t DecodedPixels(absl::Span<const Sample> samples) {
  const image::Limits limits;
  int64_t pixels = 0;
  for (const Sample& sample : samples) {
    // What cannot be read, or is beyond a picture's limits, is never decoded and costs nothing: the
    // extractor refuses it and says why.
    const absl::StatusOr<image::Header> header = image::ParseHeader(sample.image);
    if (!header.ok() || header->width_px > limits.side_px_max ||
        header->height_px > limits.side_px_max) {
      continue;
    }
    const int64_t picture = header->width_px * header->height_px;
    if (picture <= limits.pixels_max) pixels += picture;
  }
  return pixels;
}

}  // namespace

ExtractionPool::ExtractionPool(const Modalities& modalities, search::RightOfWay& right_of_way,
                               const ExtractionPoolOptions& options)
    : modalities_(modalities),
      right_of_way_(right_of_way),
      options_(options),
      arena_(options.threads) {
  constexpr double kBarOfBench = 40e6;  // at first: see bench/
  for (const auto& modality : modalities.all()) usual_ns_[modality.get()] = kBarOfBench;
}

ExtractionPool::~ExtractionPool() = default;

absl::StatusOr<ExtractionPool::Results> ExtractionPool::Extract(absl::Span<const Sample> samples,
                                                                Call& call) {
  const int64_t pixels = DecodedPixels(samples);
  RETURN_IF_ERROR(Reserve(call.priority, pixels));
  const auto release = absl::MakeCleanup([&] { Release(call.priority, pixels); });
  Results results(samples.size(), absl::InternalError("sample: not extracted"));
  for (const auto& modality : modalities_.all()) {
    RETURN_IF_ERROR(ExtractOf(*modality, samples, call, results));
  }
  return results;
}

absl::Status ExtractionPool::Reserve(search::Priority priority, int64_t pixels) {
  if (pixels > options_.pixels_per_call_max) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "biometrics.samples: got ", pixels, " pixels, want at most ", options_.pixels_per_call_max,
        " in one call; crop the pictures to the finger or face, or send fewer"));
  }
  const bool batch = priority == search::Priority::kBatch;
  absl::MutexLock lock(&mu_);
  int64_t& mine = batch ? batch_pixels_ : online_pixels_;
  const int64_t max = batch ? options_.batch_pixels_max : options_.pixels_max;
  const bool left = !batch || online_pixels_ == 0 ||
                    online_pixels_ + batch_pixels_ + pixels <= options_.pixels_max;
  if (!left || (mine > 0 && mine + pixels > max)) {
    return WithRetryAfter(
        absl::ResourceExhaustedError(absl::StrCat(
            "server: got ", online_pixels_ + batch_pixels_ + pixels,
            " pixels under way, want at most ", max, "; nothing was stored, repeat after a while")),
        kRetryAfter);
  }
  mine += pixels;
  return absl::OkStatus();
}

void ExtractionPool::Release(search::Priority priority, int64_t pixels) {
  absl::MutexLock lock(&mu_);
  (priority == search::Priority::kBatch ? batch_pixels_ : online_pixels_) -= pixels;
}

absl::Duration ExtractionPool::WorkOf(const v1::Sample& sample) const {
  const std::optional<Position> position = FromProto(sample.position());
  const Modality* const modality = position ? modalities_.For(*position) : nullptr;
  if (modality == nullptr) return absl::ZeroDuration();  // refused, or left out
  return absl::Nanoseconds(usual_ns_.at(modality).load());
}

absl::Duration ExtractionPool::WorkOf(const v1::Biometrics& biometrics) const {
  absl::Duration work;
  for (const v1::Sample& sample : biometrics.samples()) work += WorkOf(sample);
  return work;
}

// Two at a time may lose one's part in the mean, which is no matter.
void ExtractionPool::Remember(const Modality& modality, std::chrono::nanoseconds took) {
  constexpr double kShareOfOne = 0.01;
  std::atomic<double>& usual_ns = usual_ns_.at(&modality);
  const double usual = usual_ns.load();
  usual_ns = usual + kShareOfOne * (static_cast<double>(took.count()) - usual);
}

absl::Status ExtractionPool::ExtractOf(const Modality& modality, absl::Span<const Sample> samples,
                                       Call& call, Results& results) {
  std::vector<size_t> mine;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (modalities_.For(samples[i].position) == &modality) mine.push_back(i);
  }
  if (mine.empty()) return absl::OkStatus();
  std::optional<search::BatchTurn> turn;
  if (call.priority == search::Priority::kBatch) turn.emplace(right_of_way_);
  // Each thread takes the next sample as it gets free: samples differ in size.
  std::atomic<size_t> next{0};
  const auto run = [&](size_t) {
    size_t i = next++;
    if (i >= mine.size()) return;
    auto extractor = Borrow(modality);
    for (; i < mine.size(); i = next++) {
      if (turn) turn->Pause();
      if (!call.StillWanted().ok()) break;
      const auto start = std::chrono::steady_clock::now();
      results[mine[i]] = extractor->Extract(samples[mine[i]], nullptr);
      // What is refused at once, and what gives way, tells nothing.
      if (results[mine[i]].ok() && !turn) {
        Remember(modality, std::chrono::steady_clock::now() - start);
      }
      ++extracted_;
    }
    Return(modality, std::move(extractor));
  };
  const size_t lanes = std::min(mine.size(), static_cast<size_t>(options_.threads));
  if (turn) {
    run(0);
  } else {
    arena_.execute([&] { tbb::parallel_for(size_t{0}, lanes, run); });
  }
  return call.StillWanted();
}

std::unique_ptr<Extractor> ExtractionPool::Borrow(const Modality& modality) {
  {
    absl::MutexLock lock(&mu_);
    auto& idle = idle_[&modality];
    if (!idle.empty()) {
      std::unique_ptr<Extractor> extractor = std::move(idle.back());
      idle.pop_back();
      return extractor;
    }
  }
  return modality.NewExtractor();
}

void ExtractionPool::Return(const Modality& modality, std::unique_ptr<Extractor> extractor) {
  absl::MutexLock lock(&mu_);
  auto& idle = idle_[&modality];
  if (idle.size() < static_cast<size_t>(options_.threads)) idle.push_back(std::move(extractor));
}

}  // namespace distinct::service
