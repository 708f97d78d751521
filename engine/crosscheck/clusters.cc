#include "engine/crosscheck/clusters.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace distinct::crosscheck {
namespace {

// Union-find with path halving and the smaller index as root (R. E. Tarjan and J. van Leeuwen,
// "Worst-case analysis of set union algorithms", J. ACM 31(2), 1984).
class DisjointSets {
 public:
  explicit DisjointSets(size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), size_t{0});
  }
  size_t RootOf(size_t i) {
    while (parent_[i] != i) {
      parent_[i] = parent_[parent_[i]];
      i = parent_[i];
    }
    return i;
  }
  void Join(size_t a, size_t b) {
    const auto [low, high] = std::minmax({RootOf(a), RootOf(b)});
    parent_[high] = low;
  }

 private:
  std::vector<size_t> parent_;
};

}  // namespace

std::vector<std::vector<Ticket>> ClustersOf(absl::Span<const Pair> pairs) {
  std::vector<Ticket> members;
  for (const Pair& pair : pairs) {
    members.push_back(pair.a);
    members.push_back(pair.b);
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  const auto index_of = [&](Ticket ticket) {
    return static_cast<size_t>(std::lower_bound(members.begin(), members.end(), ticket) -
                               members.begin());
  };
  DisjointSets sets(members.size());
  for (const Pair& pair : pairs) sets.Join(index_of(pair.a), index_of(pair.b));

  // Members come in rising order and a root is its cluster's smallest member.
  std::vector<std::vector<Ticket>> clusters;
  std::vector<size_t> cluster_of(members.size());
  for (size_t i = 0; i < members.size(); ++i) {
    const size_t root = sets.RootOf(i);
    if (root == i) {
      cluster_of[i] = clusters.size();
      clusters.emplace_back();
    }
    clusters[cluster_of[root]].push_back(members[i]);
  }
  std::erase_if(clusters, [](const auto& cluster) { return cluster.size() < 2; });
  return clusters;
}

}  // namespace distinct::crosscheck
