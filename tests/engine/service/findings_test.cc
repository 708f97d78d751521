// What is odd about a submission, under every policy, through a real server: in the answer, in a
// repeated one, and after a restart.
#include <gmock/gmock.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "matchers/image/decode.h"
#include "matchers/image/encode.h"
#include "tests/engine/service/town_fixture.h"
#include "tools/population/unsearched_store.h"
#include "tools/synthesis/people.h"

namespace distinct::service {
namespace {

using ledger::Check;
using ledger::FindingAction;
using ::testing::HasSubstr;

struct Policy {
  FindingAction action;
  v1::FindingAction named;
};
constexpr Policy kNote{FindingAction::kNote, v1::FINDING_NOTE};
constexpr Policy kReview{FindingAction::kReview, v1::FINDING_REVIEW};
constexpr Policy kRefuse{FindingAction::kRefuse, v1::FINDING_REFUSE};

const v1::Finding* FindingOf(const v1::Decision& decision, Check check) {
  for (const v1::Finding& finding : decision.findings()) {
    if (finding.code() == CheckName(check)) return &finding;
  }
  return nullptr;
}

v1::Biometrics Relabelled(v1::Biometrics biometrics, const std::vector<v1::Position>& positions) {
  for (size_t i = 0; i < positions.size(); ++i) {
    biometrics.mutable_samples(static_cast<int>(i))->set_position(positions[i]);
  }
  return biometrics;
}

// The same picture, cropped and encoded anew.
void SendAgain(v1::Sample& sample) {
  const auto picture = image::DecodeGrey(sample.image());
  ASSERT_TRUE(picture.ok());
  image::GreyImage cropped;
  constexpr int kOff = 8;
  cropped.width_px = picture->width_px - kOff;
  cropped.height_px = picture->height_px - kOff;
  for (int y = kOff; y < picture->height_px; ++y) {
    const auto row = picture->pixels.begin() + static_cast<std::ptrdiff_t>(y) * picture->width_px;
    cropped.pixels.insert(cropped.pixels.end(), row + kOff, row + picture->width_px);
  }
  sample.set_image(image::EncodeJpeg(View(cropped), 85));
}

class FindingsTest : public TownTest {
 protected:
  // A new store whose server has this policy.
  void Begin(Check check, const Policy& policy) {
    StopServer();
    std::filesystem::remove_all(store_ / "store");
    std::filesystem::remove(store_ / "store.key");
    rules_.policy.Set(check, policy.action);
    StartServer();
  }

  v1::Decision Stored(const std::string& id) {
    v1::GetEnrolmentRequest request;
    request.set_enrolment_id(id);
    v1::GetEnrolmentResponse response;
    grpc::ClientContext context;
    const grpc::Status status = enrolment_->GetEnrolment(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.decision();
  }

  v1::UpdateRequest UpdateOf(const std::string& id, const std::string& person,
                             const v1::Biometrics& biometrics) {
    v1::UpdateRequest request;
    request.set_enrolment_id(id);
    request.set_update_of(person);
    *request.mutable_biometrics() = biometrics;
    return request;
  }
  v1::Decision Updated(const v1::UpdateRequest& request) {
    v1::UpdateResponse response;
    grpc::ClientContext context;
    const grpc::Status status = enrolment_->Update(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.decision();
  }

  // Answered as `kind` with the finding, and so again, also by a server of another policy.
  void ExpectFound(const v1::EnrolRequest& request, Check check, const Policy& policy,
                   v1::DecisionKind kind) {
    v1::Decision decision, again;
    ASSERT_TRUE(Enrol(request, decision).ok());
    EXPECT_EQ(decision.kind(), kind) << decision.ShortDebugString();
    const v1::Finding* const finding = FindingOf(decision, check);
    ASSERT_NE(finding, nullptr) << decision.ShortDebugString();
    EXPECT_EQ(finding->action(), policy.named);
    StopServer();
    const FindingAction before = rules_.policy[check];
    rules_.policy.Set(
        check, before == FindingAction::kNote ? FindingAction::kRefuse : FindingAction::kNote);
    StartServer();
    ASSERT_TRUE(Enrol(request, again).ok());
    EXPECT_EQ(again.SerializeAsString(), decision.SerializeAsString());
    EXPECT_EQ(Stored(request.enrolment_id()).SerializeAsString(), decision.SerializeAsString());
    rules_.policy.Set(check, before);
    StopServer();
    StartServer();
  }
};

TEST_F(FindingsTest, OneFingerUnderTwoPositions) {
  v1::Biometrics twice = Prints(0, 0);
  *twice.mutable_samples(1) = Prints(0, 1).samples(0);
  twice.mutable_samples(1)->set_position(v1::LEFT_INDEX);
  const std::pair<Policy, v1::DecisionKind> cases[] = {
      {kNote, v1::UNIQUE}, {kReview, v1::REVIEW}, {kRefuse, v1::REFUSED}};
  for (const auto& [policy, kind] : cases) {
    Begin(Check::kSameFingerTwice, policy);
    ExpectFound(Enrolment("twice", twice), Check::kSameFingerTwice, policy, kind);
  }
  // What was refused is nobody: the person comes again, by an image of the same call.
  EXPECT_EQ(Enrolled("again", Prints(0, 0)).kind(), v1::UNIQUE);
  EXPECT_EQ(FindingOf(Stored("again"), Check::kReplay), nullptr);
}

TEST_F(FindingsTest, TooFewUsableSamples) {
  const std::pair<Policy, v1::DecisionKind> cases[] = {
      {kNote, v1::UNIQUE}, {kReview, v1::REVIEW}, {kRefuse, v1::REFUSED}};
  for (const auto& [policy, kind] : cases) {
    rules_.usable_samples_min = 3;
    Begin(Check::kTooFewUsableSamples, policy);
    ExpectFound(Enrolment("few", Prints(0, 0)), Check::kTooFewUsableSamples, policy, kind);
    EXPECT_EQ(FindingOf(Enrolled("enough", Prints(1, 0, 3)), Check::kTooFewUsableSamples), nullptr);
  }
}

// Of a person who is enrolled: a DUPLICATE stays one unless the policy refuses, an update is
// accepted, reviewed or refused.
TEST_F(FindingsTest, TheVeryImageAgain) {
  const std::tuple<Policy, v1::DecisionKind, v1::DecisionKind> cases[] = {
      {kNote, v1::DUPLICATE, v1::ACCEPTED},
      {kReview, v1::DUPLICATE, v1::REVIEW},
      {kRefuse, v1::REFUSED, v1::REFUSED}};
  for (const auto& [policy, enrolled, updated] : cases) {
    Begin(Check::kReplay, policy);
    EXPECT_EQ(FindingOf(Enrolled("ada", Prints(0, 0)), Check::kReplay), nullptr);
    v1::Biometrics again = Prints(0, 1);
    *again.mutable_samples(1) = Prints(0, 0).samples(1);
    ExpectFound(Enrolment("ada-2", again), Check::kReplay, policy, enrolled);
    EXPECT_THAT(FindingOf(Stored("ada-2"), Check::kReplay)->text(),
                HasSubstr("RIGHT_INDEX: the very image that ada brought as RIGHT_INDEX"));
    const v1::Decision update = Updated(UpdateOf("u-1", "ada", Prints(0, 0)));
    EXPECT_EQ(update.kind(), updated) << update.ShortDebugString();
    ASSERT_NE(FindingOf(update, Check::kReplay), nullptr);
    EXPECT_EQ(FindingOf(Enrolled("ada-3", Prints(0, 2)), Check::kReplay), nullptr);
  }
}

TEST_F(FindingsTest, NearlyTheSameImageAgain) {
  const std::tuple<Policy, v1::DecisionKind, v1::DecisionKind> cases[] = {
      {kNote, v1::DUPLICATE, v1::ACCEPTED},
      {kReview, v1::DUPLICATE, v1::REVIEW},
      {kRefuse, v1::REFUSED, v1::REFUSED}};
  v1::Biometrics again = Prints(0, 0);
  for (v1::Sample& sample : *again.mutable_samples()) SendAgain(sample);
  for (const auto& [policy, enrolled, updated] : cases) {
    Begin(Check::kReplay, policy);
    Enrolled("ada", Prints(0, 0));
    ExpectFound(Enrolment("ada-2", again), Check::kReplay, policy, enrolled);
    EXPECT_THAT(FindingOf(Stored("ada-2"), Check::kReplay)->text(), HasSubstr("nearly the image"));
    EXPECT_EQ(Updated(UpdateOf("u-1", "ada", again)).kind(), updated);
  }
}

TEST_F(FindingsTest, AnImageOfSomebodyErasedOrRefusedIsNoReplay) {
  Begin(Check::kReplay, kRefuse);
  Enrolled("ada", Prints(0, 0));
  Enrolled("refused", Prints(0, 0));
  Erase("ada");
  const v1::Decision again = Enrolled("again", Prints(0, 0));
  EXPECT_EQ(again.kind(), v1::UNIQUE);
  EXPECT_EQ(FindingOf(again, Check::kReplay), nullptr);
}

TEST_F(FindingsTest, HandsExchanged) {
  const v1::Biometrics mirrored = Relabelled(Prints(0, 1), {v1::LEFT_THUMB, v1::LEFT_INDEX});
  const std::pair<Policy, v1::DecisionKind> cases[] = {
      {kNote, v1::UNIQUE}, {kReview, v1::REVIEW}, {kRefuse, v1::REFUSED}};
  for (const auto& [policy, kind] : cases) {
    Begin(Check::kPositionsSwapped, policy);
    Enrolled("ada", Prints(0, 0));
    Enrolled("bea", Prints(1, 0));
    ExpectFound(Enrolment("mirrored", mirrored), Check::kPositionsSwapped, policy, kind);
    const v1::Decision decision = Stored("mirrored");
    EXPECT_THAT(FindingOf(decision, Check::kPositionsSwapped)->text(),
                HasSubstr("beside ada: LEFT_THUMB is RIGHT_THUMB, LEFT_INDEX is RIGHT_INDEX"));
    ASSERT_EQ(decision.candidates_size(), 1);
    EXPECT_EQ(decision.candidates(0).enrolment_id(), "ada");
  }
}

TEST_F(FindingsTest, WhoseHandsWereExchangedIsADuplicateBeforeAnExaminer) {
  Enrolled("ada", Prints(0, 0));
  ASSERT_EQ(Enrolled("mirrored", Relabelled(Prints(0, 1), {v1::LEFT_THUMB, v1::LEFT_INDEX})).kind(),
            v1::REVIEW);
  const v1::GetCaseResponse seen = CaseOf("mirrored");
  ASSERT_EQ(seen.candidates_size(), 1);
  ASSERT_EQ(seen.candidates(0).comparisons_size(), 2) << "what the examiner compares";
  EXPECT_EQ(seen.candidates(0).comparisons(0).position(), v1::LEFT_THUMB);
  EXPECT_EQ(seen.candidates(0).comparisons(0).reference_position(), v1::RIGHT_THUMB);
  EXPECT_GT(seen.candidates(0).comparisons(0).minutiae_size(), 5);

  v1::AdjudicateRequest request;
  request.set_enrolment_id("mirrored");
  request.set_reason("the station's hands were exchanged");
  v1::PairVerdict& verdict = *request.add_verdicts();
  verdict.set_candidate("ada");
  verdict.set_verdict(v1::SAME);
  v1::AdjudicateResponse response;
  grpc::ClientContext context;
  const grpc::Status status = adjudication_->Adjudicate(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.decision().kind(), v1::DUPLICATE);
  EXPECT_EQ(response.decision().duplicate_of(), "ada");
  EXPECT_NE(FindingOf(response.decision(), Check::kPositionsSwapped), nullptr) << "stays told";
}

TEST_F(FindingsTest, NeighboursExchanged) {
  const v1::Biometrics exchanged =
      Relabelled(Prints(0, 1, 3), {v1::RIGHT_THUMB, v1::RIGHT_MIDDLE, v1::RIGHT_INDEX});
  const std::tuple<Policy, v1::DecisionKind> cases[] = {
      {kNote, v1::ACCEPTED}, {kReview, v1::REVIEW}, {kRefuse, v1::REFUSED}};
  for (const auto& [policy, kind] : cases) {
    Begin(Check::kPositionsSwapped, policy);
    Enrolled("ada", Prints(0, 0, 6));
    v1::Biometrics update = Prints(0, 1, 6);
    update.mutable_samples(1)->set_position(v1::RIGHT_MIDDLE);
    update.mutable_samples(2)->set_position(v1::RIGHT_INDEX);
    const v1::Decision updated = Updated(UpdateOf("u-1", "ada", update));
    EXPECT_EQ(updated.kind(), kind) << updated.ShortDebugString();
    ASSERT_NE(FindingOf(updated, Check::kPositionsSwapped), nullptr);
    EXPECT_THAT(FindingOf(updated, Check::kPositionsSwapped)->text(),
                HasSubstr("RIGHT_MIDDLE is RIGHT_INDEX"));
    EXPECT_EQ(FindingOf(updated, Check::kMixedRecord), nullptr) << "they are explained";
  }
}

// The first three fingers of person 0, the others of person 1.
v1::Biometrics Mixed(uint32_t impression) {
  v1::Biometrics mixed = Prints(0, impression, 6);
  for (int i = 3; i < 6; ++i) *mixed.mutable_samples(i) = Prints(1, impression, 6).samples(i);
  return mixed;
}

TEST_F(FindingsTest, FingersOfTwoPeople) {
  const std::tuple<Policy, v1::DecisionKind, v1::DecisionKind> cases[] = {
      {kNote, v1::DUPLICATE, v1::ACCEPTED},
      {kReview, v1::DUPLICATE, v1::REVIEW},
      {kRefuse, v1::REFUSED, v1::REFUSED}};
  for (const auto& [policy, enrolled, updated] : cases) {
    Begin(Check::kMixedRecord, policy);
    EXPECT_EQ(FindingOf(Enrolled("ada", Prints(0, 0, 6)), Check::kMixedRecord), nullptr);
    EXPECT_EQ(FindingOf(Enrolled("ada-2", Prints(0, 3, 6)), Check::kMixedRecord), nullptr);
    ExpectFound(Enrolment("mixed", Mixed(1)), Check::kMixedRecord, policy, enrolled);
    const v1::Decision update = Updated(UpdateOf("u-1", "ada", Mixed(2)));
    EXPECT_EQ(update.kind(), updated) << update.ShortDebugString();
    EXPECT_NE(FindingOf(update, Check::kMixedRecord), nullptr);
  }
}

TEST_F(FindingsTest, HandsExchangedAmongThousands) {
  constexpr uint64_t kPersons = 2000;
  const synthesis::People people(7);
  StopServer();
  std::filesystem::remove_all(store_ / "store");
  std::filesystem::remove(store_ / "store.key");
  const std::vector<Position> fingers = population::FirstFingers(6);
  ASSERT_TRUE(
      population::FillStoreUnsearched(store_ / "store", people, {kPersons, fingers}, [](uint64_t) {
      }).ok());
  StartServer();
  for (uint64_t person = 3; person < kPersons; person += 100) {
    v1::Biometrics exchanged;
    for (const Template& finger : people.Capture(person, 1, fingers)) {
      v1::Template& sent = *exchanged.add_templates();
      const int number = static_cast<int>(finger.position);
      sent.set_position(static_cast<v1::Position>(number > 5 ? number - 5 : number + 5));
      sent.set_version(finger.version);
      sent.set_data(finger.bytes);
    }
    const v1::Decision decision = Enrolled(absl::StrCat("x-", person), exchanged);
    EXPECT_EQ(decision.kind(), v1::REVIEW) << person;
    ASSERT_NE(FindingOf(decision, Check::kPositionsSwapped), nullptr) << person;
    EXPECT_EQ(decision.candidates(0).enrolment_id(), absl::StrCat("p", person, "-0"));
  }
}

}  // namespace
}  // namespace distinct::service
