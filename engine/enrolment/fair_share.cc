#include "engine/enrolment/fair_share.h"

#include "matchers/check.h"

namespace distinct::enrolment {

bool FairShare::Allows(const std::string& client, int64_t amount) const {
  if (amount == 0 || taken_ == 0) return true;
  const int64_t free_after = places_ - taken_ - amount;
  if (free_after < 0) return false;
  const int64_t held = HeldBy(client);
  return held == 0 || held + amount <= kFairShare * free_after;
}

int64_t FairShare::HeldBy(const std::string& client) const {
  const auto held = held_.find(client);
  return held == held_.end() ? 0 : held->second;
}

void FairShare::Take(const std::string& client, int64_t amount) {
  if (amount == 0) return;
  taken_ += amount;
  held_[client] += amount;
}

void FairShare::GiveBack(const std::string& client, int64_t amount) {
  if (amount == 0) return;
  const auto held = held_.find(client);
  CHECK(held != held_.end() && held->second >= amount);
  taken_ -= amount;
  held->second -= amount;
  if (held->second == 0) held_.erase(held);
}

}  // namespace distinct::enrolment
