#include "matchers/image/decode.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "matchers/image/header.h"
#include "matchers/image/mat.h"
#include "matchers/status.h"

namespace distinct::image {
namespace {

absl::Status CheckSide(std::string_view field, int64_t got_px, int side_px_max) {
  if (got_px >= 1 && got_px <= side_px_max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("image.", std::string(field), ": got ", got_px,
                                                 " px, want 1 to ", side_px_max,
                                                 "; crop or scale the picture"));
}

absl::Status CheckLimits(const Header& header, const Limits& limits) {
  RETURN_IF_ERROR(CheckSide("width", header.width_px, limits.side_px_max));
  RETURN_IF_ERROR(CheckSide("height", header.height_px, limits.side_px_max));
  const int64_t pixels = header.width_px * header.height_px;
  if (pixels > limits.pixels_max || header.tile_pixels > limits.pixels_max) {
    return absl::InvalidArgumentError(
        absl::StrCat("image.pixels: got ", std::max(pixels, header.tile_pixels), ", want at most ",
                     limits.pixels_max, "; crop or scale the picture"));
  }
  if (header.frames != 1) {
    return absl::InvalidArgumentError(absl::StrCat("image.frames: got a ",
                                                   std::string(FormatName(header.format)),
                                                   " file of more than one picture, want 1; "
                                                   "send each picture as a sample of its own"));
  }
  if (header.bits < 1 || header.bits > 16) {
    return absl::InvalidArgumentError(absl::StrCat("image.bits: got ", header.bits,
                                                   " a channel, want 1 to 16; send 8-bit pixels"));
  }
  return header.body;
}

absl::StatusOr<Header> CheckedHeader(std::string_view bytes, const Limits& limits) {
  if (bytes.empty()) {
    return absl::InvalidArgumentError("image: got 0 bytes, want a picture; send the file's bytes");
  }
  if (bytes.size() > limits.image_bytes_max) {
    return absl::InvalidArgumentError(absl::StrCat("image.bytes: got ", bytes.size(),
                                                   ", want at most ", limits.image_bytes_max,
                                                   "; compress, crop or scale the picture"));
  }
  ASSIGN_OR_RETURN(Header header, ParseHeader(bytes));
  RETURN_IF_ERROR(CheckLimits(header, limits));
  return header;
}

// 8-bit pixels with 1 or 3 channels, turned upright.
absl::StatusOr<cv::Mat> DecodePixels(std::string_view bytes, const Header& header) {
  // imdecode only reads from it, but its interface takes no const.
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  cv::Mat picture = cv::imdecode(encoded, cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH);
  const int64_t pixels = int64_t{picture.rows} * picture.cols;
  if (pixels != header.width_px * header.height_px) {
    return absl::InvalidArgumentError(absl::StrCat("image: got ",
                                                   std::string(FormatName(header.format)),
                                                   " data that cannot be decoded, want a whole "
                                                   "picture; send it again or as PNG"));
  }
  if (picture.depth() == CV_16U) {
    picture.convertTo(picture, CV_8U, 1.0 / 257);
  }
  if (picture.depth() != CV_8U || (picture.channels() != 1 && picture.channels() != 3)) {
    return absl::InvalidArgumentError(absl::StrCat("image.channels: got ", picture.channels(),
                                                   ", want grey or colour of unsigned integers; "
                                                   "send the picture as PNG"));
  }
  return picture;
}

absl::StatusOr<cv::Mat> DecodeAs(std::string_view bytes, const Header& header, int channels) {
  return Guard("opencv", [&]() -> absl::StatusOr<cv::Mat> {
    ASSIGN_OR_RETURN(cv::Mat picture, DecodePixels(bytes, header));
    if (picture.channels() != channels) {
      cv::cvtColor(picture, picture, channels == 1 ? cv::COLOR_BGR2GRAY : cv::COLOR_GRAY2BGR);
    }
    return picture;
  });
}

// 1 %: JFIF and BMP state whole numbers, which round 500 dpi by up to 0.5 %.
bool SquarePixels(const Header& header) {
  return std::abs(header.x_dpi - header.y_dpi) <= 0.01 * std::max(header.x_dpi, header.y_dpi);
}

}  // namespace

absl::StatusOr<GreyImage> DecodeGrey(std::string_view bytes, const Limits& limits) {
  ASSIGN_OR_RETURN(const Header header, CheckedHeader(bytes, limits));
  if (!SquarePixels(header)) {
    return absl::InvalidArgumentError(absl::StrCat("image.dpi: got ", header.x_dpi, " across and ",
                                                   header.y_dpi,
                                                   " down, want square pixels; "
                                                   "rescale the picture to one resolution"));
  }
  ASSIGN_OR_RETURN(const cv::Mat picture, DecodeAs(bytes, header, 1));
  return FromMat<GreyImage>(picture, header.x_dpi);
}

absl::StatusOr<BgrImage> DecodeBgr(std::string_view bytes, const Limits& limits) {
  ASSIGN_OR_RETURN(const Header header, CheckedHeader(bytes, limits));
  ASSIGN_OR_RETURN(const cv::Mat picture, DecodeAs(bytes, header, 3));
  return FromMat<BgrImage>(picture, SquarePixels(header) ? header.x_dpi : 0);
}

}  // namespace distinct::image
