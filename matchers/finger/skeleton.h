// From enhanced ridges to lines one pixel wide.
#pragma once

#include <opencv2/core.hpp>

namespace distinct::finger {

// `ridge`: positive on ridges. Specks and pores too small to be ridge or valley are removed first,
// then ridges are thinned (Zhang and Suen, "A fast parallel algorithm for thinning digital
// patterns", CACM 27(3), 1984). Result: 1 on the lines, 0 elsewhere; the outermost two pixels are
// 0.
cv::Mat1b Skeletonise(const cv::Mat1f& ridge, const cv::Mat1b& mask);

}  // namespace distinct::finger
