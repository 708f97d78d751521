#include "engine/service/validate.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/status_matchers.h"
#include "tools/synthesis/people.h"

namespace distinct::service {
namespace {

const Modalities& Fingers() {
  static const auto* const modalities = new Modalities(*Modalities::Create(std::nullopt));
  return *modalities;
}

v1::Sample* AddSample(v1::Biometrics& biometrics, v1::Position position) {
  v1::Sample* const sample = biometrics.add_samples();
  sample->set_position(position);
  sample->set_image("an encoded picture");
  return sample;
}

v1::EnrolRequest GoodEnrol() {
  v1::EnrolRequest request;
  request.set_enrolment_id("e-1/2026:a.b_c@d");
  AddSample(*request.mutable_biometrics(), v1::RIGHT_INDEX);
  return request;
}

// Expects exactly one violation, of `field` and with `text`.
void ExpectViolation(const absl::Status& status, const std::string& field,
                     const std::string& text) {
  EXPECT_THAT(status,
              testing::StatusIs(absl::StatusCode::kInvalidArgument, absl::StrCat(field, ": ")));
  google::rpc::BadRequest violations;
  status.ForEachPayload([&](absl::string_view, const absl::Cord& payload) {
    violations.ParseFromString(std::string(payload));
  });
  ASSERT_EQ(violations.field_violations_size(), 1) << status;
  EXPECT_EQ(violations.field_violations(0).field(), field);
  EXPECT_THAT(violations.field_violations(0).description(), ::testing::HasSubstr(text));
  EXPECT_THAT(violations.field_violations(0).description(), ::testing::HasSubstr("got"));
  EXPECT_THAT(violations.field_violations(0).description(), ::testing::HasSubstr("want"));
}

struct EnrolCase {
  std::string field;
  std::string text;
  std::function<void(v1::EnrolRequest&)> spoil;
};

std::vector<EnrolCase> IdAndBiometricsCases() {
  const auto samples = [](v1::EnrolRequest& r, int count, v1::Position position) {
    for (int i = 0; i < count; ++i) AddSample(*r.mutable_biometrics(), position);
  };
  return {
      {"enrolment_id", "want 1 to 128", [](auto& r) { r.clear_enrolment_id(); }},
      {"enrolment_id", "129 bytes", [](auto& r) { r.set_enrolment_id(std::string(129, 'a')); }},
      {"enrolment_id", "\\n", [](auto& r) { r.set_enrolment_id("a\nb"); }},
      {"case_id", "want 1 to 128", [](auto& r) { r.set_case_id("a b"); }},
      {"case_id", "want an earlier record", [](auto& r) { r.set_case_id(r.enrolment_id()); }},
      {"external_ref", "257", [](auto& r) { r.set_external_ref(std::string(257, 'x')); }},
      {"biometrics", "no samples", [](auto& r) { r.clear_biometrics(); }},
      {"biometrics.samples[0].position", "name the position",
       [](auto& r) { r.mutable_biometrics()->mutable_samples(0)->clear_position(); }},
      {"biometrics.samples[0].position", "got 11",
       [](auto& r) {
         r.mutable_biometrics()->mutable_samples(0)->set_position(static_cast<v1::Position>(11));
       }},
      {"biometrics.samples[0].position", "got 32",  // reserved for irises
       [](auto& r) {
         r.mutable_biometrics()->mutable_samples(0)->set_position(static_cast<v1::Position>(32));
       }},
      {"biometrics.samples[0].image", "got 0 bytes",
       [](auto& r) { r.mutable_biometrics()->mutable_samples(0)->clear_image(); }},
      {"biometrics.samples[0].image", "16777217",
       [](auto& r) {
         r.mutable_biometrics()->mutable_samples(0)->set_image(std::string((16 << 20) + 1, 'x'));
       }},
      {"biometrics.samples[0].dpi", "got 72, want 250 to 2000",
       [](auto& r) { r.mutable_biometrics()->mutable_samples(0)->set_dpi(72); }},
      {"biometrics.samples[0].dpi", "nan",
       [](auto& r) {
         r.mutable_biometrics()->mutable_samples(0)->set_dpi(
             std::numeric_limits<double>::quiet_NaN());
       }},
      {"biometrics", "got 4 samples and templates of RIGHT_INDEX",
       [=](auto& r) { samples(r, 3, v1::RIGHT_INDEX); }},
      {"biometrics", "got 11 finger positions",
       [=](auto& r) {
         r.clear_biometrics();
         for (int p = 0; p <= 10; ++p) samples(r, 1, static_cast<v1::Position>(p));
       }},
      {"biometrics.templates[0].version", "extract the picture again",
       [](auto& r) {
         auto* const features = r.mutable_biometrics()->add_templates();
         features->set_position(v1::RIGHT_THUMB);
         features->set_version(4'000'000'000);
       }},
  };
}

std::vector<EnrolCase> MissingAndMetadataCases() {
  return {
      {"missing[0].position", "name the position",
       [](auto& r) { r.add_missing()->set_reason(v1::MissingPosition::AMPUTATED); }},
      {"missing[0].position", "samples too",
       [](auto& r) {
         auto* const missing = r.add_missing();
         missing->set_position(v1::RIGHT_INDEX);
         missing->set_reason(v1::MissingPosition::BANDAGED);
       }},
      {"missing[1].position", "twice",
       [](auto& r) {
         for (int i = 0; i < 2; ++i) {
           auto* const missing = r.add_missing();
           missing->set_position(v1::LEFT_THUMB);
           missing->set_reason(v1::MissingPosition::OTHER);
         }
       }},
      {"missing[0].position", "UNKNOWN_FINGER",
       [](auto& r) {
         auto* const missing = r.add_missing();
         missing->set_position(v1::UNKNOWN_FINGER);
         missing->set_reason(v1::MissingPosition::OTHER);
       }},
      {"missing[0].reason", "got 0",
       [](auto& r) { r.add_missing()->set_position(v1::LEFT_THUMB); }},
      {"missing[0].reason", "got 9",
       [](auto& r) {
         auto* const missing = r.add_missing();
         missing->set_position(v1::LEFT_THUMB);
         missing->set_reason(static_cast<v1::MissingPosition::Reason>(9));
       }},
      {"metadata", "got 33 entries",
       [](auto& r) {
         for (int i = 0; i < 33; ++i) (*r.mutable_metadata())[absl::StrCat(i)] = std::string("xx");
       }},
      {"metadata[\"k\"]", "257",
       [](auto& r) { (*r.mutable_metadata())["k"] = std::string(257, 'x'); }},
  };
}

TEST(Validate, APriorityIsOneOfTheTwo) {
  const auto unknown = static_cast<v1::Priority>(7);
  v1::EnrolRequest enrol = GoodEnrol();
  enrol.set_priority(v1::BATCH);
  EXPECT_THAT(Validate(enrol, Fingers()), testing::IsOk());
  enrol.set_priority(unknown);
  ExpectViolation(Validate(enrol, Fingers()), "priority", "got 7, want ONLINE or BATCH");
  v1::IdentifyRequest identify;
  *identify.mutable_biometrics() = GoodEnrol().biometrics();
  identify.set_purpose("test");
  identify.set_priority(unknown);
  ExpectViolation(Validate(identify, Fingers()), "priority", "got 7, want ONLINE or BATCH");
}

TEST(Validate, ToldOfAnEnrolmentWhichFieldIsWrongAndWhatIsWanted) {
  std::vector<EnrolCase> cases = IdAndBiometricsCases();
  for (const EnrolCase& spoiled : MissingAndMetadataCases()) cases.push_back(spoiled);
  for (const EnrolCase& spoiled : cases) {
    SCOPED_TRACE(absl::StrCat(spoiled.field, " ", spoiled.text));
    v1::EnrolRequest request = GoodEnrol();
    ASSERT_THAT(Validate(request, Fingers()), testing::IsOk());
    spoiled.spoil(request);
    ExpectViolation(Validate(request, Fingers()), spoiled.field, spoiled.text);
  }
}

TEST(Validate, TellsAllThatIsWrongAtOnce) {
  v1::EnrolRequest request = GoodEnrol();
  request.clear_enrolment_id();
  request.mutable_biometrics()->mutable_samples(0)->set_dpi(72);
  request.add_missing();
  const absl::Status status = Validate(request, Fingers());
  for (const char* field : {"enrolment_id: ", "biometrics.samples[0].dpi: ",
                            "missing[0].position: ", "missing[0].reason: "}) {
    EXPECT_THAT(status, testing::StatusIs(absl::StatusCode::kInvalidArgument, field));
  }
}

TEST(Validate, TenFingersAndAFaceWithThreeSamplesEachPass) {
  v1::EnrolRequest request;
  request.set_enrolment_id("e");
  for (int position = 1; position <= 10; ++position) {
    for (int i = 0; i < 3; ++i) {
      AddSample(*request.mutable_biometrics(), static_cast<v1::Position>(position))->set_dpi(500);
    }
  }
  AddSample(*request.mutable_biometrics(), v1::FACE)->set_dpi(72);  // ignored for faces
  EXPECT_THAT(Validate(request, Fingers()), testing::IsOk());
}

TEST(Validate, TemplatesOfOursPassAndForeignBytesDoNot) {
  const synthesis::People people(1);
  const Template ours = people.Capture(0, 0)[0];
  v1::EnrolRequest request;
  request.set_enrolment_id("e");
  auto* const features = request.mutable_biometrics()->add_templates();
  features->set_position(v1::RIGHT_THUMB);
  features->set_version(ours.version);
  features->set_data(ours.bytes);
  EXPECT_THAT(Validate(request, Fingers()), testing::IsOk());
  features->set_data("not a template");
  EXPECT_THAT(Validate(request, Fingers()), testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                                              "biometrics.templates[0].data: "));
}

TEST(Validate, SearchesNeedAPurpose) {
  v1::IdentifyRequest identify;
  AddSample(*identify.mutable_biometrics(), v1::RIGHT_INDEX);
  identify.set_purpose(" \t");
  ExpectViolation(Validate(identify, Fingers()), "purpose", "why the search is made");
  identify.set_purpose("passport 17");
  EXPECT_THAT(Validate(identify, Fingers()), testing::IsOk());
  identify.set_candidates_max(101);
  ExpectViolation(Validate(identify, Fingers()), "candidates_max", "want 1 to 100");
  identify.set_candidates_max(100);
  identify.set_tag("a tag");
  ExpectViolation(Validate(identify, Fingers()), "tag", "want 1 to 64");
}

TEST(Validate, VerificationNeedsAReference) {
  v1::VerifyRequest verify;
  AddSample(*verify.mutable_probe(), v1::RIGHT_INDEX);
  verify.set_purpose("desk 3");
  ExpectViolation(Validate(verify, Fingers()), "reference", "want enrolment_id or biometrics");
  verify.set_enrolment_id("e");
  EXPECT_THAT(Validate(verify, Fingers()), testing::IsOk());
}

TEST(Validate, ComparisonTakesOneOfAKind) {
  v1::CompareRequest compare;
  AddSample(*compare.mutable_probe(), v1::RIGHT_INDEX);
  AddSample(*compare.mutable_reference(), v1::FACE);
  ExpectViolation(Validate(compare, Fingers()), "reference", "want the modality of the probe");
  compare.mutable_reference()->mutable_samples(0)->set_position(v1::LEFT_THUMB);
  EXPECT_THAT(Validate(compare, Fingers()), testing::IsOk());
  AddSample(*compare.mutable_probe(), v1::RIGHT_INDEX);
  ExpectViolation(Validate(compare, Fingers()), "probe", "want exactly one");
}

TEST(Validate, ErasureNeedsAReason) {
  v1::EraseRequest erase;
  erase.set_enrolment_id("e");
  ExpectViolation(Validate(erase), "reason", "legal ground");
  erase.set_reason("request 5");
  EXPECT_THAT(Validate(erase), testing::IsOk());
}

TEST(Validate, AnUpdateIsCheckedAsAnEnrolmentAndNamesItsPerson) {
  v1::UpdateRequest update;
  update.set_enrolment_id("u");
  update.set_update_of("e");
  AddSample(*update.mutable_biometrics(), v1::RIGHT_INDEX);
  EXPECT_THAT(Validate(update, Fingers()), testing::IsOk());
  update.clear_update_of();
  ExpectViolation(Validate(update, Fingers()), "update_of", "want 1 to 128");
  update.clear_enrolment_id();
  update.clear_biometrics();
  update.set_external_ref(std::string(257, 'x'));
  update.add_missing();
  (*update.mutable_metadata())["k"] = std::string(257, 'x');
  const absl::Status status = Validate(update, Fingers());
  for (const char* field : {"enrolment_id: ", "update_of: ", "biometrics: ", "external_ref: ",
                            "missing[0].position: ", "missing[0].reason: ", "metadata[\"k\"]: "}) {
    EXPECT_THAT(status, testing::StatusIs(absl::StatusCode::kInvalidArgument, field));
  }
}

TEST(Validate, WithdrawalsAndMergesNeedAReason) {
  v1::WithdrawRequest withdraw;
  withdraw.set_enrolment_id("e");
  ExpectViolation(Validate(withdraw), "reason", "taken back");
  withdraw.set_reason(std::string(1025, 'x'));
  ExpectViolation(Validate(withdraw), "reason", "got 1025 bytes");
  withdraw.set_reason("captured by mistake");
  EXPECT_THAT(Validate(withdraw), testing::IsOk());
  withdraw.clear_enrolment_id();
  ExpectViolation(Validate(withdraw), "enrolment_id", "want 1 to 128");

  v1::MergeRequest merge;
  merge.set_enrolment_id("a");
  merge.set_other_enrolment_id("b");
  ExpectViolation(Validate(merge), "reason", "one person");
  merge.set_reason("one birth certificate");
  EXPECT_THAT(Validate(merge), testing::IsOk());
  merge.set_other_enrolment_id("a");
  ExpectViolation(Validate(merge), "other_enrolment_id", "name two");
  merge.clear_other_enrolment_id();
  ExpectViolation(Validate(merge), "other_enrolment_id", "want 1 to 128");
  merge.set_other_enrolment_id("b");
  merge.set_enrolment_id("a b");
  ExpectViolation(Validate(merge), "enrolment_id", "want 1 to 128");
}

TEST(Validate, AVerdictIsSameOrDifferentAndOnEachCandidateOnce) {
  v1::AdjudicateRequest request;
  request.set_enrolment_id("e");
  request.set_reason("scar");
  EXPECT_THAT(Validate(request), testing::IsOk()) << "there may be nobody to compare with";
  v1::PairVerdict* const first = request.add_verdicts();
  first->set_candidate("a");
  ExpectViolation(Validate(request), "verdicts[0].verdict", "got 0, want SAME (1)");
  first->set_verdict(static_cast<v1::Verdict>(3));
  ExpectViolation(Validate(request), "verdicts[0].verdict", "got 3");
  first->set_verdict(v1::SAME);
  EXPECT_THAT(Validate(request), testing::IsOk());
  v1::PairVerdict* const second = request.add_verdicts();
  second->set_verdict(v1::DIFFERENT);
  ExpectViolation(Validate(request), "verdicts[1].candidate", "want 1 to 128");
  second->set_candidate("a");
  ExpectViolation(Validate(request), "verdicts[1].candidate", "twice");
  second->set_candidate("b");
  request.clear_reason();
  ExpectViolation(Validate(request), "reason", "the examiner saw");
  request.clear_enrolment_id();
  first->set_verdict(v1::VERDICT_UNSPECIFIED);
  const absl::Status status = Validate(request);
  for (const char* field : {"enrolment_id: ", "verdicts[0].verdict: ", "reason: "}) {
    EXPECT_THAT(status, testing::StatusIs(absl::StatusCode::kInvalidArgument, field));
  }
}

TEST(Validate, CasesAreNamedAndComeInPages) {
  v1::ListCasesRequest list;
  EXPECT_THAT(Validate(list), testing::IsOk());
  list.set_page_size(1001);
  ExpectViolation(Validate(list), "page_size", "want 1 to 1000");
  list.set_page_size(-1);
  list.set_page_token("x");
  for (const char* field : {"page_size: ", "page_token: "}) {
    EXPECT_THAT(Validate(list), testing::StatusIs(absl::StatusCode::kInvalidArgument, field));
  }
  ExpectViolation(Validate(v1::GetCaseRequest()), "enrolment_id", "want 1 to 128");
  v1::GetCaseRequest get;
  get.set_enrolment_id("e");
  EXPECT_THAT(Validate(get), testing::IsOk()) << "without samples";
  get.set_samples_of("a b");
  ExpectViolation(Validate(get), "samples_of", "want 1 to 128");
  ExpectViolation(Validate(v1::ClaimCaseRequest()), "enrolment_id", "want 1 to 128");
}

TEST(Validate, PagesAndNames) {
  v1::ListReferencesRequest list;
  EXPECT_THAT(Validate(list), testing::IsOk());
  list.set_page_size(1001);
  ExpectViolation(Validate(list), "page_size", "want 1 to 1000");
  list.set_page_size(-1);
  ExpectViolation(Validate(list), "page_size", "got -1");
  list.clear_page_size();
  list.set_page_token("x");
  ExpectViolation(Validate(list), "page_token", "next_page_token");
  list.clear_page_token();
  list.add_kinds(static_cast<v1::DecisionKind>(8));
  ExpectViolation(Validate(list), "kinds[0]", "got 8");
  list.set_kinds(0, v1::ACCEPTED);
  EXPECT_THAT(Validate(list), testing::IsOk());

  v1::TagRequest tag;
  tag.set_enrolment_id("e");
  tag.set_tag(std::string(65, 't'));
  ExpectViolation(Validate(tag), "tag", "65 bytes");

  v1::StartCrossCheckRequest start;
  start.set_job("night");
  EXPECT_THAT(Validate(start), testing::IsOk());
  start.set_against("b");
  ExpectViolation(Validate(start), "tag", "probes");
  start.set_tag("a");
  start.set_llr_min(std::numeric_limits<double>::infinity());
  ExpectViolation(Validate(start), "llr_min", "finite");
  start.clear_llr_min();
  start.set_job("a/b");
  ExpectViolation(Validate(start), "job", "want 1 to 64");
}

}  // namespace
}  // namespace distinct::service
