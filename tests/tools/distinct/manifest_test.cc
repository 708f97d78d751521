#include "tools/distinct/manifest.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::cli {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;

TEST(Manifest, ReadsEveryFieldOfTheContract) {
  const ManifestEntry entry =
      ParseManifestLine(R"({"enrolment_id": "e-1", "external_ref": "r-1", "samples": [)"
                        R"({"position": "RIGHT_INDEX", "file": "/x/a.png", "dpi": 500}, )"
                        R"({"position": "FACE", "file": "/x/f.jpg"}], )"
                        R"("missing": [{"position": "LEFT_LITTLE", "reason": "AMPUTATED"}], )"
                        R"("metadata": {"station": "4"}, "case_id": "e-0"})",
                        ".");
  ASSERT_THAT(entry.status, IsOk());
  EXPECT_EQ(entry.request.enrolment_id(), "e-1");
  EXPECT_EQ(entry.request.external_ref(), "r-1");
  EXPECT_EQ(entry.request.case_id(), "e-0");
  ASSERT_EQ(entry.samples.size(), 2U);
  EXPECT_EQ(entry.samples[0].position, v1::RIGHT_INDEX);
  EXPECT_EQ(entry.samples[0].path, "/x/a.png");
  EXPECT_DOUBLE_EQ(entry.samples[0].dpi, 500);
  EXPECT_EQ(entry.samples[1].position, v1::FACE);
  EXPECT_DOUBLE_EQ(entry.samples[1].dpi, 0);
  ASSERT_EQ(entry.request.missing_size(), 1);
  EXPECT_EQ(entry.request.missing(0).position(), v1::LEFT_LITTLE);
  EXPECT_EQ(entry.request.missing(0).reason(), v1::MissingPosition::AMPUTATED);
  EXPECT_EQ(entry.request.metadata().at("station"), "4");
}

TEST(Manifest, LooksForFilesBesideTheManifestFirst) {
  const TempDir dir;
  std::ofstream(dir / "here.png") << "x";
  const std::string line =
      R"({"enrolment_id": "e", "samples": [{"position": "FACE", "file": "here.png"}, )"
      R"({"position": "FACE", "file": "elsewhere.png"}]})";
  const ManifestEntry entry = ParseManifestLine(line, dir.path().string());
  ASSERT_THAT(entry.status, IsOk());
  EXPECT_EQ(entry.samples[0].path, (dir / "here.png").string());
  EXPECT_EQ(entry.samples[1].path, "elsewhere.png");
}

TEST(Manifest, AWrongLineSaysWhatIsWrongAndKeepsItsId) {
  const auto status = [](const std::string& rest) {
    const ManifestEntry entry = ParseManifestLine(R"({"enrolment_id": "e-7")" + rest + "}", ".");
    EXPECT_EQ(entry.request.enrolment_id(), "e-7") << rest;
    return entry.status;
  };
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(status(R"(, "missng": [])"), StatusIs(kInvalid, "\"missng\""));
  EXPECT_THAT(status(R"(, "samples": {})"), StatusIs(kInvalid, "samples: got object"));
  EXPECT_THAT(status(R"(, "samples": [{"position": "NOSE", "file": "a"}])"),
              StatusIs(kInvalid, "\"NOSE\""));
  EXPECT_THAT(status(R"(, "samples": [{"position": "FACE"}])"),
              StatusIs(kInvalid, "samples[0].file: got nothing"));
  EXPECT_THAT(status(R"(, "samples": [{"position": "FACE", "file": "a", "dpi": "x"}])"),
              StatusIs(kInvalid, "samples[0].dpi: got string"));
  EXPECT_THAT(status(R"(, "missing": [{"position": "FACE", "reason": "LAZY"}])"),
              StatusIs(kInvalid, "\"LAZY\""));
  EXPECT_THAT(status(R"(, "metadata": {"a": 1})"), StatusIs(kInvalid, "metadata.a: got number"));
  EXPECT_THAT(status(R"(, "case_id": 7)"), StatusIs(kInvalid, "case_id: got number"));
  EXPECT_THAT(ParseManifestLine("{", ".").status, StatusIs(kInvalid, "got no JSON"));
  EXPECT_THAT(ParseManifestLine("[1]", ".").status, StatusIs(kInvalid, "line: got array"));
  EXPECT_THAT(ParseManifestLine(R"({"enrolment_id": 5})", ".").status,
              StatusIs(kInvalid, "enrolment_id: got number"));
}

}  // namespace
}  // namespace distinct::cli
