// Places that clients share, so that one who floods is refused before others are.
//
// A client may hold at most kFairShare times what would still be free: alone three quarters of the
// places, of two 3/7 each, of many an equal share of what is taken. A client that holds nothing
// gets in as long as there is room, and there is always some left for it.
// After Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches",
// IEEE/ACM Trans. Networking 6(2), 1998.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace distinct::enrolment {

inline constexpr int64_t kFairShare = 3;

// Thread-compatible.
class FairShare {
 public:
  explicit FairShare(int64_t places) : places_(places) {}

  // Whether the client may take `amount` more of the places. One that asks for more than all of
  // them may while nothing is taken. True for 0.
  bool Allows(const std::string& client, int64_t amount) const;
  void Take(const std::string& client, int64_t amount);
  // REQUIRES: it was taken.
  void GiveBack(const std::string& client, int64_t amount);

  int64_t places() const { return places_; }
  int64_t taken() const { return taken_; }
  int64_t HeldBy(const std::string& client) const;

 private:
  const int64_t places_;
  int64_t taken_ = 0;
  std::map<std::string, int64_t> held_;  // of those who hold any
};

}  // namespace distinct::enrolment
