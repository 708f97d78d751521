// OpenCV's process-wide settings, for the main() of a program; matchers themselves set nothing.
#pragma once

namespace distinct::image {

// One thread inside OpenCV, since the engine's own scheduler runs one extractor a core, and none of
// OpenCV's log lines: what it would say of a bad picture comes back as a Status. Call once, before
// other threads start.
void SetUpOpenCv();

}  // namespace distinct::image
