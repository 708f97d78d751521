#include "engine/search/decision.h"

namespace distinct::search {

// decisions/0001-thresholds.md.
Policy CurrentPolicy() {
  Policy policy;
  policy.version = PolicyVersion{1};
  policy.duplicate = Llr{13.8F};
  policy.review = Llr{6.9F};
  return policy;
}

}  // namespace distinct::search
