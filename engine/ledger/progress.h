// How far long work on a store has come, for whoever shows it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace distinct::ledger {

// `what` is counted ("entries checked"), `done` of `total`. Called often, one call after the other.
// May be empty.
using Progress = std::function<void(std::string_view what, uint64_t done, uint64_t total)>;

}  // namespace distinct::ledger
