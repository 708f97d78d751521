// The cascade on real finger templates: generated people, the shipped comparison and calibration.
#include "tools/synthesis/people.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "engine/search/cascade.h"
#include "engine/search/decision.h"
#include "matchers/finger/finger.h"
#include "tests/support/status_matchers.h"

namespace distinct::search {
namespace {

using ::distinct::testing::IsOk;

constexpr uint64_t kPersons = 2000;

// Six of ten fingers.
std::vector<Template> SixFingers(const synthesis::People& people, uint64_t person,
                                 uint32_t impression) {
  std::vector<Template> fingers = people.Capture(person, impression);
  fingers.resize(6);
  return fingers;
}

class People : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::vector<std::unique_ptr<Modality>> list;
    list.push_back(finger::CreateFingerModality());
    modalities_ = std::make_unique<Modalities>(std::move(list));
    people_ = std::make_unique<synthesis::People>(7);
    gallery_ = gallery::Gallery::Create(*modalities_, {3}).value();
    for (uint64_t person = 0; person < kPersons; ++person) {
      ASSERT_THAT(gallery_->Add(Ticket{person + 1}, SixFingers(*people_, person, 0)), IsOk());
    }
  }
  static void TearDownTestSuite() {
    gallery_.reset();
    people_.reset();
    modalities_.reset();
  }

  static CandidateList Search(uint64_t person, uint32_t impression, bool use_vector_stage) {
    CascadeBudgets budgets;
    budgets.vector_persons_min = 60;
    budgets.voting_persons = 40;
    budgets.use_vector_stage = use_vector_stage;
    const auto list = Cascade(*modalities_, *gallery_, budgets)
                          .Search(SixFingers(*people_, person, impression), {});
    EXPECT_THAT(list, IsOk());
    return list.ok() ? *list : CandidateList();
  }

  static std::unique_ptr<Modalities> modalities_;
  static std::unique_ptr<synthesis::People> people_;
  static std::unique_ptr<gallery::Gallery> gallery_;
};
std::unique_ptr<Modalities> People::modalities_;
std::unique_ptr<synthesis::People> People::people_;
std::unique_ptr<gallery::Gallery> People::gallery_;

TEST_F(People, LeavingOutTheVectorStageChangesTheWorkNotTheDecisions) {
  const Policy policy = kFirstPolicy;
  int found = 0;
  for (uint64_t i = 0; i < 40; ++i) {
    const bool mated = i % 2 == 0;
    const uint64_t person = mated ? i * 49 : kPersons + i;
    const CandidateList with = Search(person, 1, true);
    const CandidateList without = Search(person, 1, false);
    ASSERT_FALSE(without.candidates.empty());
    ASSERT_FALSE(with.candidates.empty());
    const Band band = BandOf(without.candidates[0].llr, policy);
    EXPECT_EQ(BandOf(with.candidates[0].llr, policy), band);
    if (band != Band::kNone) {
      EXPECT_EQ(with.candidates[0].ticket, without.candidates[0].ticket);
      EXPECT_EQ(with.candidates[0].llr, without.candidates[0].llr);
    }
    found += mated && with.candidates[0].ticket == Ticket{person + 1} && band == Band::kHard;
    EXPECT_LE(with.work.persons_voted, 6 * 60U);
    EXPECT_EQ(without.work.persons_voted, kPersons);
  }
  EXPECT_EQ(found, 20);
}

TEST_F(People, NoStrangerIsADuplicate) {
  for (uint64_t i = 0; i < 40; ++i) {
    const CandidateList list = Search(kPersons + 100 + i, 0, true);
    ASSERT_FALSE(list.candidates.empty());
    EXPECT_NE(BandOf(list.candidates[0].llr, kFirstPolicy), Band::kHard)
        << list.candidates[0].llr.value;
  }
}

}  // namespace
}  // namespace distinct::search
