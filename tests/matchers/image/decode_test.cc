#include "matchers/image/decode.h"

#include <cmath>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "matchers/image/encode.h"
#include "matchers/image/opencv_setup.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::image {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// A ramp with a mark in one corner, so that a turn or a swapped channel shows.
cv::Mat Ramp(int width, int height, int type) {
  cv::Mat picture(height, width, type, cv::Scalar::all(0));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (picture.channels() == 1) {
        picture.at<uint8_t>(y, x) = static_cast<uint8_t>((x * 3 + y * 2) % 256);
      } else {
        picture.at<cv::Vec3b>(y, x) =
            cv::Vec3b(static_cast<uint8_t>(x), static_cast<uint8_t>(y), 200);
      }
    }
  }
  return picture;
}

std::string Encoded(const std::string& extension, const cv::Mat& picture) {
  std::vector<uint8_t> bytes;
  EXPECT_TRUE(cv::imencode(extension, picture, bytes));
  return {bytes.begin(), bytes.end()};
}

std::string Big32(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

const bool kSetUp = (SetUpOpenCv(), true);

class EveryFormat : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat,
                         ::testing::Values(".png", ".jpg", ".jp2", ".tiff", ".bmp", ".pgm"));

TEST_P(EveryFormat, GivesThePixelsThatWereEncoded) {
  const cv::Mat ramp = Ramp(64, 48, CV_8UC1);
  const auto decoded = DecodeGrey(Encoded(GetParam(), ramp));
  ASSERT_THAT(decoded, IsOk());
  ASSERT_EQ(decoded->width_px, 64);
  ASSERT_EQ(decoded->height_px, 48);
  const bool lossy = std::string(GetParam()) == ".jpg" || std::string(GetParam()) == ".jp2";
  for (int i = 0; i < 64 * 48; ++i) {
    ASSERT_NEAR(decoded->pixels[static_cast<size_t>(i)], ramp.data[i], lossy ? 8 : 0) << i;
  }
}

// All but JPEG 2000, of which OpenCV encodes nothing that small.
class EveryFormatOfOnePixel : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Formats, EveryFormatOfOnePixel,
                         ::testing::Values(".png", ".jpg", ".tiff", ".bmp", ".pgm"));

TEST_P(EveryFormatOfOnePixel, IsTaken) {
  const auto decoded = DecodeGrey(Encoded(GetParam(), cv::Mat(1, 1, CV_8U, cv::Scalar(200))));
  ASSERT_THAT(decoded, IsOk());
  ASSERT_EQ(decoded->pixels.size(), 1u);
  EXPECT_NEAR(decoded->pixels[0], 200, 2);
}

TEST_P(EveryFormat, RefusesAFileCutOffAnywhere) {
  cv::Mat noise(48, 64, CV_8UC1);
  cv::theRNG().state = 7;
  cv::randu(noise, 0, 256);
  const std::string whole = Encoded(GetParam(), noise);
  for (size_t bytes = 0; bytes < whole.size() - 1; bytes += 1 + bytes / 40) {
    EXPECT_THAT(DecodeGrey(whole.substr(0, bytes)), StatusIs(kInvalid, "image")) << bytes;
  }
}

TEST_P(EveryFormat, ChecksSidesPixelsAndBytes) {
  const std::string bytes = Encoded(GetParam(), Ramp(64, 48, CV_8UC1));
  EXPECT_THAT(DecodeGrey(bytes, {.side_px_max = 63}), StatusIs(kInvalid, "image.width: got 64"));
  EXPECT_THAT(DecodeGrey(bytes, {.pixels_max = 3071}), StatusIs(kInvalid, "got 3072"));
  EXPECT_THAT(DecodeGrey(bytes, {.image_bytes_max = 100}), StatusIs(kInvalid, "image.bytes: got"));
  EXPECT_THAT(DecodeGrey(bytes, {.side_px_max = 64, .pixels_max = 3072}), IsOk());
}

TEST_P(EveryFormat, SurvivesFlippedBytes) {
  const std::string whole = Encoded(GetParam(), Ramp(32, 32, CV_8UC1));
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    for (int flip = 0; flip < 3; ++flip) {
      bytes[random() % std::min<size_t>(bytes.size(), 200)] = static_cast<char>(random());
    }
    const auto decoded = DecodeGrey(bytes, {.pixels_max = 1 << 20});
    if (decoded.ok()) {
      EXPECT_EQ(decoded->pixels.size(),
                static_cast<size_t>(decoded->width_px) * static_cast<size_t>(decoded->height_px));
    } else {
      EXPECT_FALSE(decoded.status().message().empty());
    }
  }
}

class ColourFormat : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Formats, ColourFormat,
                         ::testing::Values(".png", ".jp2", ".tiff", ".bmp", ".ppm"));

TEST_P(ColourFormat, KeepsBlueGreenRedOrder) {
  const auto decoded = DecodeBgr(Encoded(GetParam(), Ramp(64, 48, CV_8UC3)));
  ASSERT_THAT(decoded, IsOk());
  const size_t at = 3 * (10 * 64 + 40);  // x 40, y 10
  EXPECT_NEAR(decoded->pixels[at], 40, 6);
  EXPECT_NEAR(decoded->pixels[at + 1], 10, 6);
  EXPECT_NEAR(decoded->pixels[at + 2], 200, 6);
}

TEST(Decode, MakesGreyOfColourByLuma) {
  const auto grey = DecodeGrey(Encoded(".png", cv::Mat(4, 4, CV_8UC3, cv::Scalar(255, 0, 0))));
  ASSERT_THAT(grey, IsOk());
  EXPECT_NEAR(grey->pixels[0], 0.114 * 255, 1);
}

TEST(Decode, RepeatsGreyInThreeChannels) {
  const auto colour = DecodeBgr(Encoded(".png", cv::Mat(4, 4, CV_8U, cv::Scalar(77))));
  ASSERT_THAT(colour, IsOk());
  EXPECT_EQ(colour->pixels, std::vector<uint8_t>(48, 77));
}

TEST(Decode, DropsTransparency) {
  const auto grey = DecodeBgr(Encoded(".png", cv::Mat(4, 4, CV_8UC4, cv::Scalar(1, 2, 3, 0))));
  ASSERT_THAT(grey, IsOk());
  EXPECT_EQ(grey->pixels[2], 3);
}

TEST(Decode, RoundsSixteenBits) {
  for (const char* extension : {".png", ".tiff", ".pgm"}) {
    for (const int value : {0, 128, 129, 32767, 65406, 65407, 65535}) {
      const auto grey = DecodeGrey(Encoded(extension, cv::Mat(2, 2, CV_16U, cv::Scalar(value))));
      ASSERT_THAT(grey, IsOk());
      EXPECT_EQ(grey->pixels[3], std::lround(value / 257.0)) << extension << " " << value;
    }
  }
}

TEST(Decode, RefusesAThirtyThousandSquareBeforeDecoding) {
  std::string png = Encoded(".png", Ramp(8, 8, CV_8UC1));
  png.replace(16, 8, Big32(30'000) + Big32(30'000));
  EXPECT_THAT(DecodeGrey(png), StatusIs(kInvalid, "image.width: got 30000 px, want 1 to 10000"));

  std::string jpeg = Encoded(".jpg", Ramp(8, 8, CV_8UC1));
  const size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, Big32(30'000u << 16 | 30'000));
  EXPECT_THAT(DecodeGrey(jpeg), StatusIs(kInvalid, "got 30000 px"));

  std::string bmp = Encoded(".bmp", Ramp(8, 8, CV_8UC1));
  bmp.replace(18, 8, std::string("\x30\x75\0\0\x30\x75\0\0", 8));
  EXPECT_THAT(DecodeGrey(bmp), StatusIs(kInvalid, "got 30000 px"));

  std::string jp2 = Encoded(".jp2", Ramp(64, 64, CV_8UC1));
  const size_t siz = jp2.find("\xff\x4f\xff\x51");
  ASSERT_NE(siz, std::string::npos);
  jp2.replace(siz + 8, 8, Big32(30'000) + Big32(30'000));
  EXPECT_THAT(DecodeGrey(jp2), StatusIs(kInvalid, "got 30000 px"));

  EXPECT_THAT(DecodeGrey("P5 30000 30000 255\n "), StatusIs(kInvalid, "got 30000 px"));
  EXPECT_THAT(DecodeGrey("P5 9000 9000 255\n "), StatusIs(kInvalid, "pixels: got 81000000"));
}

TEST(Decode, RefusesAPictureWithoutPixels) {
  EXPECT_THAT(DecodeGrey("P5 0 8 255\n "), StatusIs(kInvalid, "image.width: got 0 px"));
}

TEST(Decode, RefusesMoreThanOneFrame) {
  const distinct::testing::TempDir folder;
  const std::string path = folder / "two.tiff";
  ASSERT_TRUE(cv::imwrite(path, std::vector<cv::Mat>(2, Ramp(8, 8, CV_8UC1))));
  std::ifstream file(path, std::ios::binary);
  const std::string tiff((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(DecodeGrey(tiff),
              StatusIs(kInvalid, "image.frames: got a TIFF file of more than one picture"));
  const std::string pgm = "P5 1 1 255\nx";
  EXPECT_THAT(DecodeGrey(pgm), IsOk());
  EXPECT_THAT(DecodeGrey(pgm + pgm), StatusIs(kInvalid, "image.frames"));
}

TEST(Decode, RefusesWhatIsNoPicture) {
  EXPECT_THAT(DecodeGrey(""), StatusIs(kInvalid, "image: got 0 bytes"));
  EXPECT_THAT(DecodeGrey("hello"), StatusIs(kInvalid, "want PNG, JPEG"));
  EXPECT_THAT(DecodeGrey("P4 8 8\n"), StatusIs(kInvalid, "Netpbm kind P4"));
  std::mt19937 random(5);
  for (const std::string& signature :
       {std::string("\x89PNG\r\n\x1a\n"), std::string("\xff\xd8\xff"), std::string("BM"),
        std::string("II*\0", 4), std::string("MM\0*", 4), std::string("\xff\x4f\xff\x51"),
        std::string("\0\0\0\x0cjP  \r\n\x87\n", 12), std::string("P5 "), std::string()}) {
    for (int round = 0; round < 200; ++round) {
      std::string bytes = signature;
      for (auto i = random() % 400; i > 0; --i) bytes += static_cast<char>(random());
      EXPECT_FALSE(DecodeBgr(bytes).ok());
    }
  }
}

TEST(Decode, BoxesInBoxesWithoutEndAreRefused) {
  std::string bytes("\0\0\0\x0cjP  \r\n\x87\n", 12);
  for (int i = 0; i < 500'000; ++i) bytes += std::string("\0\0\0\0jp2h", 8);
  EXPECT_THAT(DecodeGrey(bytes), StatusIs(kInvalid, "JP2"));
}

// pHYs counts pixels a metre; the checksum of a chunk that is not critical is libpng's to judge.
TEST(Decode, ReadsTheResolutionOfAPng) {
  std::string png = Encoded(".png", Ramp(8, 8, CV_8UC1));
  const std::string data = Big32(19'685) + Big32(19'685) + "\x01";
  png.insert(33, Big32(9) + "pHYs" + data + Big32(0x13a5f1d9));
  const auto grey = DecodeGrey(png);
  ASSERT_THAT(grey, IsOk());
  EXPECT_NEAR(grey->dpi, 500, 0.01);
  png.replace(png.find("pHYs") + 4, 4, Big32(9'000));
  EXPECT_THAT(DecodeGrey(png), StatusIs(kInvalid, "want square pixels"));
  EXPECT_THAT(DecodeBgr(png), IsOk());
}

TEST(Decode, ReadsTheResolutionOfAJpeg) {
  std::string jpeg = Encoded(".jpg", Ramp(8, 8, CV_8UC1));
  const size_t jfif = jpeg.find("JFIF");
  ASSERT_NE(jfif, std::string::npos);
  jpeg.replace(jfif + 7, 5, std::string("\x01\x01\xf4\x01\xf4"));  // 500 an inch
  EXPECT_EQ(DecodeGrey(jpeg)->dpi, 500);
  jpeg.replace(jfif + 7, 5, std::string("\x02\0\xc5\0\xc5", 5));  // 197 a centimetre
  EXPECT_NEAR(DecodeGrey(jpeg)->dpi, 197 * 2.54, 0.001);
  jpeg.replace(jfif + 7, 5, std::string("\0\0\x01\0\x01", 5));  // an aspect ratio only
  EXPECT_EQ(DecodeGrey(jpeg)->dpi, 0);
}

TEST(Decode, ReadsTheResolutionOfATiff) {
  std::vector<uint8_t> bytes;
  ASSERT_TRUE(cv::imencode(
      ".tiff", Ramp(8, 8, CV_8UC1), bytes,
      {cv::IMWRITE_TIFF_RESUNIT, 2, cv::IMWRITE_TIFF_XDPI, 1000, cv::IMWRITE_TIFF_YDPI, 1000}));
  EXPECT_EQ(DecodeGrey(std::string(bytes.begin(), bytes.end()))->dpi, 1000);
}

TEST(Decode, ReadsTheResolutionOfABmp) {
  std::string bmp = Encoded(".bmp", Ramp(8, 8, CV_8UC1));
  bmp.replace(38, 8, std::string("\xe5\x4c\0\0\xe5\x4c\0\0", 8));  // 19,685 a metre
  EXPECT_NEAR(DecodeGrey(bmp)->dpi, 500, 0.01);
}

TEST(Decode, TurnsAPictureUprightByItsExifTag) {
  cv::Mat picture(32, 64, CV_8UC1, cv::Scalar(0));
  picture(cv::Rect(0, 0, 16, 16)).setTo(255);  // top left as stored
  std::string jpeg = Encoded(".jpg", picture);
  // EXIF with one tag: orientation (0x0112, SHORT) = 6, "turn 90 degrees clockwise to show".
  const std::string exif("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
                         32);
  jpeg.insert(2, std::string("\xff\xe1\0\x22", 4) + exif);
  const auto turned = DecodeBgr(jpeg);
  ASSERT_THAT(turned, IsOk());
  EXPECT_EQ(turned->width_px, 32);
  EXPECT_EQ(turned->height_px, 64);
  EXPECT_GT(turned->pixels[3 * 28], 200);  // top right now
  EXPECT_LT(turned->pixels[3 * 4], 50);
}

TEST(Encode, PngComesBackAsItWas) {
  GreyImage grey{.width_px = 5, .height_px = 3, .dpi = 0, .pixels = {}};
  for (uint8_t i = 0; i < 15; ++i) grey.pixels.push_back(i);
  EXPECT_EQ(DecodeGrey(EncodePng(View(grey)))->pixels, grey.pixels);
  const BgrImage colour{.width_px = 5, .height_px = 1, .dpi = 0, .pixels = grey.pixels};
  EXPECT_EQ(DecodeBgr(EncodePng(colour))->pixels, colour.pixels);
}

TEST(Encode, HonoursTheStrideOfAView) {
  const std::vector<uint8_t> pixels = {1, 2, 9, 3, 4, 9};
  EXPECT_EQ(DecodeGrey(EncodePng(GreyView{pixels.data(), 2, 2, 3}))->pixels,
            (std::vector<uint8_t>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace distinct::image
