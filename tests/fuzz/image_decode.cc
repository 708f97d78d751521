// Encoded pictures: whatever the bytes, a refusal or a picture within the limits.
#include <opencv2/imgcodecs.hpp>
#include <string_view>

#include "matchers/check.h"
#include "matchers/image/decode.h"
#include "matchers/image/encode.h"
#include "matchers/image/opencv_setup.h"
#include "tests/fuzz/harness.h"

namespace distinct::fuzz {
namespace {

// Small, so that a lying header costs a fuzzer no time.
constexpr image::Limits kLimits = {
    .image_bytes_max = size_t{1} << 20, .side_px_max = 512, .pixels_max = 512 * 512};

template <typename Picture>
void CheckWithinLimits(const Picture& picture, size_t channels) {
  CHECK(picture.width_px >= 1 && picture.width_px <= kLimits.side_px_max);
  CHECK(picture.height_px >= 1 && picture.height_px <= kLimits.side_px_max);
  CHECK(picture.dpi >= 0);
  CHECK(picture.pixels.size() ==
        channels * static_cast<size_t>(picture.width_px) * static_cast<size_t>(picture.height_px));
}

// A ramp: every grey, none of the structure of a real print.
image::GreyImage Ramp(int width_px, int height_px) {
  image::GreyImage picture{.width_px = width_px, .height_px = height_px, .dpi = 0, .pixels = {}};
  for (int i = 0; i < width_px * height_px; ++i) {
    picture.pixels.push_back(static_cast<uint8_t>(i));
  }
  return picture;
}

std::string Pnm(std::string_view header, size_t bytes) {
  return std::string(header) + std::string(bytes, '\x7f');
}

// A bitmap with the 40-byte header, 2 x 2 px, 24 bits a pixel, rows padded to 8 bytes.
std::string Bmp() {
  std::string file = "BM";
  const auto put = [&file](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file += static_cast<char>(value >> (8 * i));
  };
  put(70, 4), put(0, 4), put(54, 4);
  put(40, 4), put(2, 4), put(2, 4), put(1, 2), put(24, 2), put(0, 4), put(16, 4);
  put(19685, 4), put(19685, 4), put(0, 4), put(0, 4);
  return file + std::string(16, '\x55');
}

// A little-endian TIFF of one uncompressed strip, 4 x 2 px, 8 bits, 500 dpi.
std::string Tiff() {
  std::string file = "II*";
  const auto put = [&file](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file += static_cast<char>(value >> (8 * i));
  };
  const auto field = [&](uint32_t tag, uint32_t type, uint32_t value) {
    put(tag, 2), put(type, 2), put(1, 4), put(value, 4);
  };
  constexpr uint32_t kFields = 11;
  constexpr uint32_t kRational = 8 + 2 + 12 * kFields + 4;
  put(0, 1), put(8, 4), put(kFields, 2);
  field(256, 3, 4), field(257, 3, 2), field(258, 3, 8), field(259, 3, 1), field(262, 3, 1);
  field(273, 4, kRational + 8), field(277, 3, 1), field(278, 3, 2), field(279, 4, 8);
  field(282, 5, kRational), field(283, 5, kRational);
  put(0, 4), put(500, 4), put(1, 4);
  return file + std::string(8, '\x33');
}

}  // namespace

std::vector<std::string> Seeds() {
  const image::GreyImage ramp = Ramp(64, 48);
  image::BgrImage colour{.width_px = 8, .height_px = 8, .dpi = 0, .pixels = {}};
  colour.pixels.assign(3 * 8 * 8, 90);
  std::vector<std::string> seeds = {image::EncodePng(image::View(ramp)),
                                    image::EncodePng(colour),
                                    Pnm("P5\n6 4\n255\n", 24),
                                    Pnm("P6 3 2 255 ", 18),
                                    Pnm("P5\n# dpi\n3 2\n65535\n", 12),
                                    Bmp(),
                                    Tiff()};
  // Formats that Distinct only reads come from OpenCV's writers.
  const cv::Mat mat(ramp.height_px, ramp.width_px, CV_8UC1,
                    const_cast<uint8_t*>(ramp.pixels.data()));
  for (const char* extension : {".jpg", ".jp2", ".tif"}) {
    std::vector<uint8_t> file;
    CHECK(cv::imencode(extension, mat, file));
    seeds.emplace_back(file.begin(), file.end());
  }
  for (const std::string& seed : seeds) CHECK(image::DecodeGrey(seed, kLimits).ok());
  return seeds;
}

}  // namespace distinct::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = (distinct::image::SetUpOpenCv(), true);
  CHECK(quiet);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto grey = distinct::image::DecodeGrey(bytes, distinct::fuzz::kLimits);
  if (grey.ok()) distinct::fuzz::CheckWithinLimits(*grey, 1);
  const auto bgr = distinct::image::DecodeBgr(bytes, distinct::fuzz::kLimits);
  if (bgr.ok()) distinct::fuzz::CheckWithinLimits(*bgr, 3);
  // Only grey refuses oblong pixels, so what grey accepts, colour does.
  CHECK(!grey.ok() || bgr.ok());
  return 0;
}
