#include "matchers/image/encode.h"

#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "matchers/check.h"

namespace distinct::image {
namespace {

std::string Encode(const cv::Mat& picture) {
  std::vector<uint8_t> bytes;
  CHECK(cv::imencode(".png", picture, bytes, {cv::IMWRITE_PNG_COMPRESSION, 1}));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

// The casts drop a const that OpenCV's constructor cannot take; encoding only reads.
std::string EncodePng(GreyView picture) {
  CHECK(picture.width_px > 0 && picture.height_px > 0);
  return Encode(cv::Mat(picture.height_px, picture.width_px, CV_8U,
                        const_cast<uint8_t*>(picture.pixels),
                        static_cast<size_t>(picture.stride_bytes)));
}

std::string EncodePng(const BgrImage& picture) {
  CHECK(picture.width_px > 0 && picture.height_px > 0);
  return Encode(cv::Mat(picture.height_px, picture.width_px, CV_8UC3,
                        const_cast<uint8_t*>(picture.pixels.data())));
}

}  // namespace distinct::image
