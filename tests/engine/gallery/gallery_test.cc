#include "engine/gallery/gallery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/engine/search/code_modality.h"
#include "tests/support/status_matchers.h"

namespace distinct::gallery {
namespace {

using ::distinct::testing::CodeModalities;
using ::distinct::testing::DrawPerson;
using ::distinct::testing::IsOk;
using ::distinct::testing::PersonTemplates;
using ::distinct::testing::StatusIs;

constexpr Ticket kAll{~uint64_t{0}};

std::unique_ptr<Gallery> Create(const Modalities& modalities, int shards) {
  return Gallery::Create(modalities, {shards}).value();
}

std::vector<Ticket> Tickets(std::initializer_list<uint64_t> numbers) {
  std::vector<Ticket> tickets;
  for (const uint64_t number : numbers) tickets.push_back(Ticket{number});
  return tickets;
}

struct Nearest {
  int64_t product;
  Ticket ticket;
  bool operator==(const Nearest&) const = default;
  bool operator<(const Nearest& other) const {
    return product != other.product ? product > other.product : ticket < other.ticket;
  }
};

std::vector<Nearest> Scan(const Gallery& gallery, const Visibility& visibility, Position position,
                          const std::vector<int8_t>& vector, size_t nearest_max) {
  ScanRequest request;
  request.visibility = visibility;
  request.probes = {{position, vector}};
  request.nearest_max.fill(nearest_max);
  const absl::StatusOr<ScanResult> result = gallery.Scan(request);
  EXPECT_THAT(result, IsOk());
  std::vector<Nearest> nearest;
  for (const NearestList& list : result->nearest) {
    for (const Neighbour& n : list.neighbours) nearest.push_back({n.product, n.person->ticket});
  }
  return nearest;
}

int64_t Product(const std::vector<int8_t>& a, const std::vector<int8_t>& b) {
  int64_t sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += int64_t{a[i]} * b[i];
  return sum;
}

TEST(Gallery, ANumberOfShardsOutOfRangeIsRefused) {
  const Modalities modalities = CodeModalities();
  EXPECT_THAT(Gallery::Create(modalities, {0}),
              StatusIs(absl::StatusCode::kInvalidArgument, "shards: got 0, want 1 to 64"));
  EXPECT_THAT(Gallery::Create(modalities, {65}),
              StatusIs(absl::StatusCode::kInvalidArgument, "shards: got 65"));
}

TEST(Gallery, TheNearestEqualABruteForceScanForAnyNumberOfShardsWithTiesToTheLowerTicket) {
  const Modalities modalities = CodeModalities();
  const Modality& modality = *modalities.For(Position::kRightThumb);
  std::mt19937_64 random(1);
  // Two codes of few distinct values: products repeat, so most boundaries are ties.
  std::vector<PersonTemplates> people;
  for (int i = 0; i < 1500; ++i) {
    PersonTemplates person = DrawPerson(random, 1, 2);
    for (size_t byte = 0; byte < person[0].bytes.size(); ++byte) {
      if (byte % 16 > 0) person[0].bytes[byte] = '\0';
      person[0].bytes[byte] = static_cast<char>(person[0].bytes[byte] & 7);
    }
    people.push_back(person);
  }
  for (const int shards : {1, 2, 3, 7}) {
    auto gallery = Create(modalities, shards);
    for (size_t i = 0; i < people.size(); ++i) {
      ASSERT_THAT(gallery->Add(Ticket{i + 1}, people[i]), IsOk());
    }
    ASSERT_THAT(gallery->Erase(Ticket{people.size() + 1}, Tickets({5, 6, 700})), IsOk());
    std::vector<Ticket> only;
    for (uint64_t t = 1; t < 1400; t += 3) only.push_back(Ticket{t});
    for (const Visibility& visibility : {Visibility{kAll, kAll, kNoTicket, nullptr},
                                         Visibility{Ticket{900}, Ticket{900}, Ticket{17}, nullptr},
                                         Visibility{kAll, kAll, Ticket{4}, &only}}) {
      for (const size_t nearest_max : {1, 10, 100, 2000}) {
        const std::vector<int8_t> probe = modality.Vector(people[nearest_max % 50][0].bytes);
        std::vector<Nearest> want;
        for (size_t i = 0; i < people.size(); ++i) {
          const Ticket ticket{i + 1};
          const bool erased = i == 4 || i == 5 || i == 699;
          if (ticket >= visibility.upto || ticket == visibility.exclude) continue;
          if (erased && visibility.as_of > Ticket{people.size() + 1}) continue;
          if (visibility.only != nullptr && i % 3 != 0) continue;
          if (visibility.only != nullptr && i >= 1399) continue;
          want.push_back({Product(probe, modality.Vector(people[i][0].bytes)), ticket});
        }
        std::sort(want.begin(), want.end());
        want.resize(std::min(want.size(), nearest_max));
        EXPECT_EQ(Scan(*gallery, visibility, Position::kRightThumb, probe, nearest_max), want)
            << shards << " shards, " << nearest_max << " nearest";
      }
    }
  }
}

TEST(Gallery, TicketsComeWithoutGaps) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 2);
  std::mt19937_64 random(2);
  ASSERT_THAT(gallery->Add(Ticket{1}, DrawPerson(random, 1)), IsOk());
  EXPECT_THAT(gallery->Add(Ticket{3}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "ticket: got 3, want 2"));
  EXPECT_THAT(gallery->Erase(Ticket{1}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "ticket: got 1, want 2"));
  EXPECT_EQ(gallery->watermark(), Ticket{1});
}

TEST(Gallery, PeopleAddedTogetherStandAsThoseAddedOneByOne) {
  const Modalities modalities = CodeModalities();
  auto together = Create(modalities, 3), singly = Create(modalities, 3);
  std::mt19937_64 random(9);
  std::vector<PersonTemplates> people;
  for (int i = 0; i < 300; ++i) {
    people.push_back(i % 7 == 3 ? PersonTemplates() : DrawPerson(random, 2));  // some were refused
  }
  std::vector<NumberedReferences> entries;
  for (size_t i = 0; i < people.size(); ++i) entries.push_back({Ticket{i + 1}, people[i]});
  ASSERT_THAT(together->AddInOrder(absl::MakeSpan(entries).subspan(0, 100)), IsOk());
  ASSERT_THAT(together->AddInOrder(absl::MakeSpan(entries).subspan(100)), IsOk());
  for (const NumberedReferences& entry : entries) {
    ASSERT_THAT(singly->Add(entry.ticket, entry.templates), IsOk());
  }
  EXPECT_EQ(together->watermark(), singly->watermark());
  EXPECT_EQ(together->persons(), singly->persons());
  const Visibility all{kAll, kAll, kNoTicket, nullptr};
  const Modality& modality = *modalities.For(people[0][0].position);
  for (const size_t i : {0, 1, 151, 299}) {
    const std::vector<int8_t> probe = modality.Vector(people[i][0].bytes);
    EXPECT_EQ(Scan(*together, all, people[i][0].position, probe, 300),
              Scan(*singly, all, people[i][0].position, probe, 300));
  }
}

TEST(Gallery, OfPeopleAddedTogetherThoseBeforeABrokenOneArePublished) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 2);
  std::mt19937_64 random(10);
  const PersonTemplates good = DrawPerson(random, 1);
  const Template broken{Position::kLeftThumb, 1, Quality{1}, "short"};
  const std::vector<NumberedReferences> entries = {
      {Ticket{1}, good}, {Ticket{2}, good}, {Ticket{3}, {&broken, 1}}, {Ticket{4}, good}};
  EXPECT_THAT(gallery->AddInOrder(entries),
              StatusIs(absl::StatusCode::kInvalidArgument, "ticket 3, LEFT_THUMB"));
  EXPECT_EQ(gallery->watermark(), Ticket{2});
  EXPECT_EQ(gallery->persons(), 2u);
}

TEST(Gallery, ATemplateThatItsModalityDoesNotReadIsRefusedWithItsTicket) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 2);
  const Template broken{Position::kLeftThumb, 1, Quality{1}, "short"};
  EXPECT_THAT(gallery->Add(Ticket{1}, {&broken, 1}),
              StatusIs(absl::StatusCode::kInvalidArgument, "ticket 1, LEFT_THUMB"));
  EXPECT_EQ(gallery->watermark(), kNoTicket);
}

TEST(Gallery, ATemplateOfAnUnknownVersionIsRefusedAndNeverReadAsTheOneInForce) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 2);
  std::mt19937_64 random(8);
  PersonTemplates person = DrawPerson(random, 2);
  person[1].version = 9;  // its bytes are those of version 1
  EXPECT_THAT(gallery->Add(Ticket{1}, person),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "RIGHT_INDEX: got finger version 9, want 1 or another"));
  EXPECT_EQ(gallery->watermark(), kNoTicket);
  EXPECT_EQ(gallery->persons(), 0u);
}

TEST(Gallery, AnEntryWithoutTemplatesOnlyMovesTheWatermark) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 2);
  ASSERT_THAT(gallery->Add(Ticket{1}, {}), IsOk());
  EXPECT_EQ(gallery->watermark(), Ticket{1});
  EXPECT_EQ(gallery->persons(), 0U);
  EXPECT_THAT(gallery->Erase(Ticket{2}, Tickets({1})), IsOk());
}

TEST(Gallery, AnErasedPersonStaysVisibleToEarlierNumbersOnly) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 3);
  std::mt19937_64 random(3);
  for (uint64_t t = 1; t <= 4; ++t) {
    ASSERT_THAT(gallery->Add(Ticket{t}, DrawPerson(random, 2)), IsOk());
  }
  ASSERT_THAT(gallery->Erase(Ticket{5}, Tickets({2})), IsOk());
  EXPECT_EQ(gallery->persons(), 3U);
  EXPECT_EQ(gallery->Tickets({Ticket{4}, Ticket{4}, kNoTicket, nullptr}), Tickets({1, 2, 3}));
  EXPECT_EQ(gallery->Tickets({Ticket{6}, Ticket{6}, kNoTicket, nullptr}), Tickets({1, 3, 4}));
  EXPECT_EQ(gallery->Tickets({Ticket{4}, Ticket{6}, kNoTicket, nullptr}), Tickets({1, 3}));
  EXPECT_TRUE(gallery->TemplatesOf(Ticket{2}, Ticket{6}).empty());
  EXPECT_EQ(gallery->TemplatesOf(Ticket{2}, Ticket{5}).size(), 2U);
}

// One shard asked for many at once, with other fingers, limits and views each.
TEST(Gallery, ScannedTogetherEveryProbeGetsWhatItWouldGetAlone) {
  const Modalities modalities = CodeModalities();
  const Modality& modality = *modalities.For(Position::kRightThumb);
  std::mt19937_64 random(12);
  Shard shard(0, 1);
  std::vector<PersonTemplates> people;
  for (uint64_t t = 1; t <= 2300; ++t) {
    PersonTemplates person = DrawPerson(random, static_cast<int>(3 + t % 3), 2);
    if (t % 50 == 0) person.pop_back(), person.push_back(person.front());  // one finger twice
    if (t % 70 == 0) person.front().position = Position::kUnknownFinger;
    people.push_back(person);
    ASSERT_THAT(shard.Add(Ticket{t}, Shard::Prepare(modalities, people.back())), IsOk());
  }
  for (const uint64_t t : {9, 10, 2000}) shard.Close(Ticket{2301}, Ticket{t});
  std::vector<std::vector<std::vector<int8_t>>> vectors;
  std::vector<ScanRequest> requests;
  for (size_t r = 0; r < 30; ++r) {
    const PersonTemplates& person = people[r * 70];
    ScanRequest request;
    request.visibility = {Ticket{100 + r * 80}, Ticket{2400}, Ticket{r}, nullptr};
    for (size_t i = 0; i < request.nearest_max.size(); ++i) request.nearest_max[i] = 3 + r + i;
    vectors.emplace_back();
    for (const Template& features : person) {
      vectors.back().push_back(modality.Vector(features.bytes));
    }
    for (size_t i = 0; i < person.size(); ++i) {
      request.probes.push_back({person[i].position, vectors.back()[i]});
    }
    requests.push_back(request);
  }
  std::vector<const ScanRequest*> all;
  for (const ScanRequest& request : requests) all.push_back(&request);
  const auto text = [](const absl::StatusOr<ScanResult>& result) {
    std::string out;
    for (const NearestList& list : result->nearest) {
      absl::StrAppend(&out, list.key.together, "/", list.key.probe, ":");
      for (const Neighbour& n : list.neighbours) {
        absl::StrAppend(&out, " ", Number(n.person->ticket), "=", n.product);
      }
    }
    return out;
  };
  const auto together = shard.Scan(all);
  ASSERT_EQ(together.size(), all.size());
  for (size_t r = 0; r < all.size(); ++r) {
    ASSERT_THAT(together[r], IsOk());
    EXPECT_EQ(text(together[r]), text(shard.Scan({&all[r], 1})[0])) << r;
    EXPECT_NE(text(together[r]), "");
  }
}

TEST(Gallery, CoverageCountsEachBucketAsTheVisibilityAsks) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 3);
  std::mt19937_64 random(4);
  constexpr uint64_t kPeople = 2500;  // more than two in each bucket
  for (uint64_t t = 1; t <= kPeople; ++t) {
    ASSERT_THAT(gallery->Add(Ticket{t}, DrawPerson(random, 1, 2)), IsOk());
  }
  ASSERT_THAT(gallery->Erase(Ticket{kPeople + 1}, Tickets({7, 1031, 2000})), IsOk());
  const std::vector<Ticket> only = Tickets({3, 7, 8, 1032, 2499});
  for (const Visibility& visibility : {Visibility{kAll, kAll, kNoTicket, nullptr},
                                       Visibility{Ticket{1500}, kAll, Ticket{12}, nullptr},
                                       Visibility{Ticket{1500}, kAll, Ticket{7}, nullptr},
                                       Visibility{Ticket{2000}, Ticket{2000}, Ticket{8}, &only}}) {
    const std::vector<Ticket> seen = gallery->Tickets(visibility);
    std::vector<uint64_t> want(kBucketCount, 0);
    for (const Ticket ticket : seen) ++want[BucketOf(ticket)];
    ScanRequest request;
    request.visibility = visibility;
    size_t buckets = 0;
    const absl::StatusOr<ScanResult> scan = gallery->Scan(request);
    ASSERT_THAT(scan, IsOk());
    for (const BucketCoverage& bucket : scan->buckets) {
      ++buckets;
      EXPECT_EQ(bucket.expected, want[bucket.bucket]) << bucket.bucket;
      EXPECT_EQ(bucket.searched, want[bucket.bucket]) << bucket.bucket;
    }
    EXPECT_EQ(buckets, kBucketCount);
  }
}

// A modality that breaks its promise: the shard refuses its vectors.
class OtherVectors : public ::distinct::testing::CodeModality {
 public:
  OtherVectors() : CodeModality(Options{}) {}
  std::vector<int8_t> Vector(std::string_view) const override { return std::vector<int8_t>(60); }
};

TEST(Gallery, AVectorOfOtherDimensionsIsRefused) {
  std::vector<std::unique_ptr<Modality>> list;
  list.push_back(std::make_unique<OtherVectors>());
  const Modalities modalities{std::move(list)};
  auto gallery = Create(modalities, 1);
  std::mt19937_64 random(5);
  for (int i = 0; i < 3; ++i) {  // as the follower of the ledger tries it again and again
    EXPECT_THAT(gallery->Add(Ticket{1}, DrawPerson(random, 1)),
                StatusIs(absl::StatusCode::kInternal, "got 60 dimensions, want 64"));
  }
  EXPECT_EQ(gallery->watermark(), kNoTicket);
  // Whoever scans all the same sees that someone is missing.
  ScanRequest request;
  request.visibility = {kAll, kAll, kNoTicket, nullptr};
  const absl::StatusOr<ScanResult> scan = gallery->Scan(request);
  ASSERT_THAT(scan, IsOk());
  EXPECT_EQ(scan->buckets[1].expected, 1U);
  EXPECT_EQ(scan->buckets[1].searched, 0U);
}

TEST(Gallery, ATemplateOfAModalityThatIsNotLoadedIsLeftOut) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 1);
  std::mt19937_64 random(6);
  PersonTemplates person = DrawPerson(random, 2);
  person.push_back({Position::kFace, 1, Quality{50}, "a face"});
  ASSERT_THAT(gallery->Add(Ticket{1}, person), IsOk());
  EXPECT_EQ(gallery->TemplatesOf(Ticket{1}, kAll).size(), 2U);
}

TEST(Gallery, WaitingForAWatermarkEndsWithTheEntryOrTheDeadline) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 1);
  EXPECT_THAT(gallery->WaitForWatermark(Ticket{1}, absl::Now() + absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "watermark: got 0, want 1"));
  std::thread writer([&] { EXPECT_THAT(gallery->Add(Ticket{1}, {}), IsOk()); });
  EXPECT_THAT(gallery->WaitForWatermark(Ticket{1}, absl::InfiniteFuture()), IsOk());
  writer.join();
}

TEST(Gallery, ATenFingerPersonCostsLittleMoreThanItsTemplatesAndVectors) {
  const Modalities modalities = CodeModalities();
  auto gallery = Create(modalities, 2);
  std::mt19937_64 random(7);
  constexpr uint64_t kPeople = 2000;
  uint64_t features_bytes = 0;
  for (uint64_t t = 1; t <= kPeople; ++t) {
    const PersonTemplates person = DrawPerson(random, 10, 60);  // 960 bytes a finger
    for (const Template& features : person) features_bytes += features.bytes.size() + 64;
    ASSERT_THAT(gallery->Add(Ticket{t}, person), IsOk());
  }
  const double bytes_a_person = static_cast<double>(gallery->bytes()) / kPeople;
  const double overhead =
      static_cast<double>(gallery->bytes()) / static_cast<double>(features_bytes);
  RecordProperty("bytes_a_person", std::to_string(bytes_a_person));
  EXPECT_GE(overhead, 1);
  EXPECT_LE(overhead, 1.12) << bytes_a_person << " bytes a person";
}

}  // namespace
}  // namespace distinct::gallery
