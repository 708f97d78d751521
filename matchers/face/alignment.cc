#include "matchers/face/alignment.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "matchers/image/mat.h"
#include "matchers/status.h"

namespace distinct::face {
namespace {

constexpr int kCropSidePx = 64;
constexpr float kCropScale = 256;           // the network's own scaling: value / 256
constexpr double kSecondCropMargin = 1.34;  // side of the second crop over the points' extent
// A crop that shrinks more than this is blurred before it is sampled, or it would alias.
constexpr double kBlurBelowScale = 0.6;
constexpr double kBlurSigmaAtScale1 = 0.4;
// The caller hands over faces of some 450 px at most (extraction.cc): a crop larger than this comes
// from landmarks that lie on no face.
constexpr double kCropSideMaxPx = 4096;

constexpr FivePoints kTemplate = {{{38.2946F, 51.6963F},
                                   {73.5318F, 51.5014F},
                                   {56.0252F, 71.7366F},
                                   {41.5493F, 92.3655F},
                                   {70.7299F, 92.2041F}}};

Point Mean(const Landmarks& landmarks, std::initializer_list<size_t> indices) {
  Point mean;
  for (const size_t i : indices) {
    mean.x_px += landmarks[i].x_px / static_cast<float>(indices.size());
    mean.y_px += landmarks[i].y_px / static_cast<float>(indices.size());
  }
  return mean;
}

// A square of the picture, turned by an angle around its centre.
struct Crop {
  double x_px = 0;  // of the centre; pixel edges, so that the top left corner is (0, 0)
  double y_px = 0;
  double side_px = 0;
  double angle_rad = 0;  // of the crop's x axis in the picture
};

Point FromCrop(const Crop& crop, double u, double v) {
  const double x = (u - 0.5) * crop.side_px;
  const double y = (v - 0.5) * crop.side_px;
  const double c = std::cos(crop.angle_rad);
  const double s = std::sin(crop.angle_rad);
  return {static_cast<float>(crop.x_px + c * x - s * y - 0.5),
          static_cast<float>(crop.y_px + s * x + c * y - 0.5)};
}

// The part of the picture that a crop can touch, with room for the blur's kernel.
cv::Rect TouchedBy(const Crop& crop, const cv::Mat& picture) {
  const double reach = crop.side_px * M_SQRT1_2 + 8 + crop.side_px / 10;
  const auto at = [](double place, int end) {
    return static_cast<int>(std::clamp(place, 0.0, static_cast<double>(end)));
  };
  const int left = at(crop.x_px - reach, picture.cols);
  const int top = at(crop.y_px - reach, picture.rows);
  return {left, top, at(crop.x_px + reach + 1, picture.cols) - left,
          at(crop.y_px + reach + 1, picture.rows) - top};
}

cv::Mat TakeUpright(const cv::Mat& picture, const Crop& crop) {
  const int side = std::max(1, static_cast<int>(std::lround(crop.side_px)));
  const int left = static_cast<int>(std::lround(crop.x_px - crop.side_px / 2));
  const int top = static_cast<int>(std::lround(crop.y_px - crop.side_px / 2));
  const cv::Rect inside = cv::Rect(left, top, side, side) & cv::Rect({0, 0}, picture.size());
  cv::Mat square = cv::Mat::zeros(side, side, CV_8UC3);
  if (!inside.empty()) picture(inside).copyTo(square(inside - cv::Point(left, top)));
  cv::Mat small;
  cv::resize(square, small, {kCropSidePx, kCropSidePx}, 0, 0,
             side > kCropSidePx ? cv::INTER_AREA : cv::INTER_LINEAR);
  return small;
}

cv::Mat TakeTurned(const cv::Mat& picture, const Crop& crop) {
  const cv::Rect touched = TouchedBy(crop, picture);
  cv::Mat small = cv::Mat::zeros(kCropSidePx, kCropSidePx, CV_8UC3);
  if (touched.empty()) return small;
  cv::Mat part = picture(touched);
  const double scale = kCropSidePx / crop.side_px;
  if (scale < kBlurBelowScale) {
    cv::Mat blurred;
    cv::GaussianBlur(part, blurred, {}, kBlurSigmaAtScale1 / scale);
    part = blurred;
  }
  const double step = crop.side_px / kCropSidePx;
  const double c = std::cos(crop.angle_rad) * step;
  const double s = std::sin(crop.angle_rad) * step;
  const Point origin = FromCrop(crop, 0.5 / kCropSidePx, 0.5 / kCropSidePx);
  const cv::Matx23d to_picture(c, -s, double{origin.x_px} - touched.x, s, c,
                               double{origin.y_px} - touched.y);
  cv::warpAffine(part, small, to_picture, small.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT);
  return small;
}

absl::StatusOr<Landmarks> RunOnCrop(Network& network, const cv::Mat& small, const Crop& crop) {
  cv::Mat grey;
  cv::cvtColor(small, grey, cv::COLOR_BGR2GRAY);
  const std::vector<float> plane = ToPlanes({grey.data, grey.total()}, 1, false, 0, kCropScale);
  ASSIGN_OR_RETURN(const auto outputs,
                   network.Run(plane, {1, kCropSidePx, kCropSidePx}, {"output"}));
  Landmarks landmarks;
  if (outputs[0].size() != 2 * landmarks.size()) {
    return absl::InternalError("landmarks: the network's output is not 68 points");
  }
  for (size_t i = 0; i < landmarks.size(); ++i) {
    landmarks[i] = FromCrop(crop, outputs[0][2 * i], outputs[0][2 * i + 1]);
  }
  return landmarks;
}

// The tight square around the points, upright along the line between the eyes.
Crop AroundUpright(const Landmarks& landmarks) {
  const Point left = Mean(landmarks, {36, 37, 38, 39, 40, 41});
  const Point right = Mean(landmarks, {42, 43, 44, 45, 46, 47});
  Crop crop;
  crop.angle_rad = std::atan2(right.y_px - left.y_px, right.x_px - left.x_px);
  const double c = std::cos(crop.angle_rad);
  const double s = std::sin(crop.angle_rad);
  double x_min = INFINITY, x_max = -INFINITY, y_min = INFINITY, y_max = -INFINITY;
  for (const Point& point : landmarks) {
    const double x = c * point.x_px + s * point.y_px;
    const double y = -s * point.x_px + c * point.y_px;
    x_min = std::min(x_min, x), x_max = std::max(x_max, x);
    y_min = std::min(y_min, y), y_max = std::max(y_max, y);
  }
  const double x = (x_min + x_max) / 2;
  const double y = (y_min + y_max) / 2;
  crop.x_px = c * x - s * y + 0.5;
  crop.y_px = s * x + c * y + 0.5;
  crop.side_px = kSecondCropMargin * std::max(x_max - x_min, y_max - y_min);
  return crop;
}

bool Usable(const Crop& crop) { return crop.side_px >= 1 && crop.side_px <= kCropSideMaxPx; }

absl::Status NotAFace() {
  return absl::FailedPreconditionError(
      "image: no face found (what looked like one has no eyes and mouth); capture the face again");
}

}  // namespace

absl::StatusOr<LandmarkFinder> LandmarkFinder::Create(std::string_view onnx) {
  ASSIGN_OR_RETURN(Network network, Network::Load("landmarks", onnx));
  return LandmarkFinder(std::move(network));
}

absl::StatusOr<Landmarks> LandmarkFinder::Find(const image::BgrImage& picture, const Box& box) {
  const cv::Mat pixels = image::AsMat(picture);
  return Guard("opencv", [&]() -> absl::StatusOr<Landmarks> {
    const Crop rough{.x_px = box.centre().x_px,
                     .y_px = box.centre().y_px,
                     .side_px = box.height_px(),
                     .angle_rad = 0};
    if (!Usable(rough)) return NotAFace();
    ASSIGN_OR_RETURN(const Landmarks first, RunOnCrop(network_, TakeUpright(pixels, rough), rough));
    const Crop tight = AroundUpright(first);
    if (!Usable(tight)) return NotAFace();
    return RunOnCrop(network_, TakeTurned(pixels, tight), tight);
  });
}

FivePoints ToFivePoints(const Landmarks& landmarks) {
  return {Mean(landmarks, {37, 38, 40, 41}), Mean(landmarks, {43, 44, 46, 47}), landmarks[30],
          Mean(landmarks, {48, 60}), Mean(landmarks, {54, 64})};
}

double Placement::scale() const { return std::hypot(a, b); }

// In two dimensions Umeyama's solution without reflection has a closed form: with both sets moved
// to their means, a = sum(p . q) / sum(p . p) and b = sum(p x q) / sum(p . p).
Placement PlaceOnTemplate(const FivePoints& points) {
  double px = 0, py = 0, qx = 0, qy = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    px += points[i].x_px / 5.0, py += points[i].y_px / 5.0;
    qx += kTemplate[i].x_px / 5.0, qy += kTemplate[i].y_px / 5.0;
  }
  double along = 0, across = 0, spread = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    const double x = points[i].x_px - px, y = points[i].y_px - py;
    const double u = kTemplate[i].x_px - qx, v = kTemplate[i].y_px - qy;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  Placement placement;
  if (spread <= 0) return placement;
  placement.a = along / spread;
  placement.b = across / spread;
  placement.dx_px = qx - placement.a * px + placement.b * py;
  placement.dy_px = qy - placement.b * px - placement.a * py;
  return placement;
}

absl::StatusOr<image::BgrImage> Align(const image::BgrImage& picture, const FivePoints& points) {
  return Guard("opencv", [&]() -> absl::StatusOr<image::BgrImage> {
    cv::Mat pixels = image::AsMat(picture);
    Placement place = PlaceOnTemplate(points);
    // Bilinear sampling at less than half the scale would skip pixels: shrink by areas first.
    if (place.scale() > 0 && place.scale() < 0.5) {
      const double factor = 2 * place.scale();
      cv::Mat smaller;
      cv::resize(pixels, smaller, {}, factor, factor, cv::INTER_AREA);
      pixels = smaller;
      // Pixel i of the small picture has its centre at (i + 0.5) / factor - 0.5 of the large one.
      const double centre = 0.5 / factor - 0.5;
      place.dx_px += (place.a - place.b) * centre;
      place.dy_px += (place.b + place.a) * centre;
      place.a /= factor;
      place.b /= factor;
    }
    const cv::Matx23d matrix(place.a, -place.b, place.dx_px, place.b, place.a, place.dy_px);
    cv::Mat aligned;
    cv::warpAffine(pixels, aligned, matrix, {kAlignedSidePx, kAlignedSidePx}, cv::INTER_LINEAR,
                   cv::BORDER_CONSTANT);
    return image::FromMat<image::BgrImage>(aligned, 0);
  });
}

}  // namespace distinct::face
