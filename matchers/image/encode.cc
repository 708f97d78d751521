#include "matchers/image/encode.h"

#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "matchers/check.h"

namespace distinct::image {
namespace {

std::string Encode(const char* extension, const cv::Mat& picture, const std::vector<int>& how) {
  std::vector<uint8_t> bytes;
  CHECK(cv::imencode(extension, picture, bytes, how));
  return {bytes.begin(), bytes.end()};
}

std::string Png(const cv::Mat& picture) {
  return Encode(".png", picture, {cv::IMWRITE_PNG_COMPRESSION, 1});
}

// The casts drop a const that OpenCV's constructor cannot take; encoding only reads.
cv::Mat MatOf(GreyView picture) {
  CHECK(picture.width_px > 0 && picture.height_px > 0);
  return {picture.height_px, picture.width_px, CV_8U, const_cast<uint8_t*>(picture.pixels),
          static_cast<size_t>(picture.stride_bytes)};
}

}  // namespace

std::string EncodePng(GreyView picture) { return Png(MatOf(picture)); }

std::string EncodePng(const BgrImage& picture) {
  CHECK(picture.width_px > 0 && picture.height_px > 0);
  return Png(cv::Mat(picture.height_px, picture.width_px, CV_8UC3,
                     const_cast<uint8_t*>(picture.pixels.data())));
}

std::string EncodeJpeg(GreyView picture, int quality) {
  return Encode(".jpg", MatOf(picture), {cv::IMWRITE_JPEG_QUALITY, quality});
}

}  // namespace distinct::image
