#include "engine/crosscheck/clusters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace distinct::crosscheck {
namespace {

using Clusters = std::vector<std::vector<Ticket>>;

Pair PairOf(uint64_t a, uint64_t b) { return {Ticket{a}, Ticket{b}, Llr{20}}; }

TEST(Clusters, NoPairsAreNoClusters) { EXPECT_TRUE(ClustersOf({}).empty()); }

TEST(Clusters, AChainIsOneClusterBySmallestMember) {
  const std::vector<Pair> pairs = {PairOf(8, 9), PairOf(3, 7), PairOf(5, 7), PairOf(2, 5)};
  EXPECT_EQ(ClustersOf(pairs),
            Clusters({{Ticket{2}, Ticket{3}, Ticket{5}, Ticket{7}}, {Ticket{8}, Ticket{9}}}));
}

// The oracle spreads labels until nothing changes.
TEST(Clusters, RandomPairsGiveTheComponentsOfTheirGraph) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<Pair> pairs;
    std::map<Ticket, Ticket> label;
    for (int i = 0; i < round; ++i) {
      const uint64_t a = 1 + random() % 60;
      const uint64_t b = a + 1 + random() % 5;
      pairs.push_back(PairOf(a, b));
      label[Ticket{a}] = Ticket{a};
      label[Ticket{b}] = Ticket{b};
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (const Pair& pair : pairs) {
        const Ticket least = std::min(label[pair.a], label[pair.b]);
        changed |= label[pair.a] != least || label[pair.b] != least;
        label[pair.a] = label[pair.b] = least;
      }
    }
    std::map<Ticket, std::vector<Ticket>> by_label;
    for (const auto& [ticket, least] : label) by_label[least].push_back(ticket);
    Clusters want;
    for (const auto& [least, members] : by_label) want.push_back(members);
    EXPECT_EQ(ClustersOf(pairs), want);
  }
}

}  // namespace
}  // namespace distinct::crosscheck
