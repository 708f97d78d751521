#include "engine/service/extraction_pool.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
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

ExtractionPool::ExtractionPool(const Modalities& modalities, const ExtractionPoolOptions& options)
    : modalities_(modalities), options_(options), arena_(options.threads) {}

ExtractionPool::~ExtractionPool() = default;

absl::StatusOr<ExtractionPool::Results> ExtractionPool::Extract(absl::Span<const Sample> samples) {
  const int64_t pixels = DecodedPixels(samples);
  RETURN_IF_ERROR(Reserve(pixels));
  const auto release = absl::MakeCleanup([&] { Release(pixels); });
  Results results(samples.size(), absl::InternalError("sample: not extracted"));
  for (const std::unique_ptr<Modality>& modality : modalities_.all()) {
    ExtractOf(*modality, samples, results);
  }
  return results;
}

absl::Status ExtractionPool::Reserve(int64_t pixels) {
  if (pixels > options_.pixels_per_call_max) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "biometrics.samples: got ", pixels, " pixels, want at most ", options_.pixels_per_call_max,
        " in one call; crop the pictures to the finger or face, or send fewer"));
  }
  absl::MutexLock lock(&mu_);
  if (pixels_ > 0 && pixels_ + pixels > options_.pixels_max) {
    return WithRetryAfter(absl::ResourceExhaustedError(absl::StrCat(
                              "server: got ", pixels_ + pixels, " pixels under way, want at most ",
                              options_.pixels_max, "; nothing was stored, repeat after a while")),
                          kRetryAfter);
  }
  pixels_ += pixels;
  return absl::OkStatus();
}

void ExtractionPool::Release(int64_t pixels) {
  absl::MutexLock lock(&mu_);
  pixels_ -= pixels;
}

void ExtractionPool::ExtractOf(const Modality& modality, absl::Span<const Sample> samples,
                               Results& results) {
  std::vector<size_t> mine;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (modalities_.For(samples[i].position) == &modality) mine.push_back(i);
  }
  if (mine.empty()) return;
  auto extractors = Borrow(modality, mine.size());
  // Each thread takes the next sample as it gets free: samples differ in size. The extractors are
  // dealt before, so that no task takes a lock.
  std::atomic<size_t> next{0};
  const auto run = [&](size_t lane) {
    for (size_t i = next++; i < mine.size(); i = next++) {
      results[mine[i]] = extractors[lane]->Extract(samples[mine[i]], nullptr);
    }
  };
  arena_.execute([&] { tbb::parallel_for(size_t{0}, extractors.size(), run); });
  Return(modality, std::move(extractors));
}

std::vector<std::unique_ptr<Extractor>> ExtractionPool::Borrow(const Modality& modality,
                                                               size_t count) {
  const size_t wanted = std::min(count, static_cast<size_t>(options_.threads));
  std::vector<std::unique_ptr<Extractor>> extractors;
  {
    absl::MutexLock lock(&mu_);
    auto& idle = idle_[&modality];
    while (extractors.size() < wanted && !idle.empty()) {
      extractors.push_back(std::move(idle.back()));
      idle.pop_back();
    }
  }
  while (extractors.size() < wanted) extractors.push_back(modality.NewExtractor());
  return extractors;
}

void ExtractionPool::Return(const Modality& modality,
                            std::vector<std::unique_ptr<Extractor>> extractors) {
  absl::MutexLock lock(&mu_);
  auto& idle = idle_[&modality];
  for (auto& extractor : extractors) {
    if (idle.size() < static_cast<size_t>(options_.threads)) idle.push_back(std::move(extractor));
  }
}

}  // namespace distinct::service
