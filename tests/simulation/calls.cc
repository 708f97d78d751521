#include "tests/simulation/calls.h"

#include "absl/strings/str_cat.h"
#include "tests/simulation/captures.h"

namespace distinct::simulation {

std::vector<Call> DrawCalls(std::mt19937_64& random) {
  const auto draw = [&](size_t count) { return static_cast<size_t>(random() % count); };
  const size_t people = 1 + draw(3), each = Captures::Get().size() / Captures::kPeople;
  const size_t count = 4 + draw(4);
  std::vector<Call> calls;
  for (size_t c = 0; c < count; ++c) {
    Call call;
    call.id = absl::StrCat("e-", c);
    call.capture = draw(people) * each + draw(each);
    call.refused = draw(16) == 0;
    const size_t kind = draw(10);
    if (c > 0 && kind < 5) {
      call = calls[draw(c)];
      if (kind < 3) call.kind = CallKind::kErase;
    }
    calls.push_back(call);
  }
  for (size_t policies = draw(2) * (1 + draw(2)); policies > 0; --policies) {
    Call call;
    call.kind = CallKind::kSetPolicy;
    call.id = absl::StrCat("policy-", policies);
    call.policy = kPolicies[draw(kPolicies.size())];
    calls.push_back(call);
  }
  return calls;
}

}  // namespace distinct::simulation
