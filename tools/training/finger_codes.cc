// Codes of generated fingers, as our own extractor finds them: what the fixed-length vector is
// trained on (train_vector.py) and measured against.
//
//   distinct-finger-codes --seed S --fingers N --impressions K --out FILE
//
// FILE: for each template, in the order of fingers and impressions: int32 finger, int32 count,
// count * 16 bytes of codes; little-endian. The same arguments give the same file on any number of
// threads.
#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/parallel_for.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "matchers/finger/extraction.h"
#include "matchers/image/opencv_setup.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"

namespace distinct {
namespace {

constexpr int kFingersPerPerson = 10;
constexpr size_t kBlock = 100;  // fingers between two lines of progress

struct Options {
  uint64_t seed = 1;
  size_t fingers = 1000;
  uint32_t impressions = 4;
  std::string out;
};

void Put32(std::string& out, size_t value) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

struct Worker {
  synthesis::MasterMaker maker;
  finger::FingerExtractor extractor;
};

std::string OneFinger(const Options& options, size_t finger, Worker& worker) {
  const synthesis::Master master =
      worker.maker.Make({options.seed, finger / kFingersPerPerson,
                         *PositionFromNumber(static_cast<int>(1 + finger % kFingersPerPerson))});
  std::string out;
  for (uint32_t i = 0; i < options.impressions; ++i) {
    // From an attended capture to the worst that FVC asked for, in turn.
    const float severity = 0.3F + 0.7F * static_cast<float>(i % 4) / 3;
    const synthesis::Impression impression = synthesis::MakeImpression(master, i, {severity});
    image::GreyImage grey;
    grey.width_px = synthesis::kImpressionWidthPx;
    grey.height_px = synthesis::kImpressionHeightPx;
    grey.pixels = impression.grey;
    const auto extracted = worker.extractor.ExtractPixels(grey, nullptr);
    if (!extracted.ok()) continue;
    const std::string bytes = finger::Serialize(extracted->features);
    const finger::TemplateView view(bytes);
    Put32(out, finger);
    Put32(out, static_cast<size_t>(view.count()));
    out.append(view.codes());
  }
  return out;
}

int Run(const Options& options) {
  std::ofstream file(options.out, std::ios::binary);
  tbb::enumerable_thread_specific<std::unique_ptr<Worker>> workers(
      [] { return std::make_unique<Worker>(); });
  for (size_t first = 0; first < options.fingers; first += kBlock) {
    const size_t count = std::min(kBlock, options.fingers - first);
    std::vector<std::string> parts(count);
    tbb::parallel_for(size_t{0}, count, [&](size_t i) {
      parts[i] = OneFinger(options, first + i, *workers.local());
    });
    for (const std::string& part : parts) file << part;
    std::fprintf(stderr, "\r%zu of %zu fingers", first + count, options.fingers);
  }
  std::fprintf(stderr, "\n");
  file.flush();
  if (!file) {
    std::fprintf(stderr, "%s: not written; check the folder and the free space\n",
                 options.out.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace distinct

int main(int argc, char** argv) {
  distinct::Options options;
  CLI::App app("Codes of generated fingers, for training and measuring the first search stage");
  app.add_option("--seed", options.seed, "World of generated people");
  app.add_option("--fingers", options.fingers, "How many fingers");
  app.add_option("--impressions", options.impressions, "Of each finger");
  app.add_option("--out", options.out, "File to write")->required();
  CLI11_PARSE(app, argc, argv);
  distinct::image::SetUpOpenCv();
  return distinct::Run(options);
}
