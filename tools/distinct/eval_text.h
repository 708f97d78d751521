// Numbers of an evaluation as text for people.
#pragma once

#include <cstdint>
#include <string>

#include "tools/distinct/json_output.h"

namespace distinct::cli {

// "2.56"
std::string Decimal(double value, int places);

// "17,280"
std::string Count(uint64_t count);
std::string Count(const Json& count);

// A share in percent, without the sign: "2.56"; "-" if it is no number.
std::string Percent(const Json& share, int places = 2);

// An interval of shares in percent, without the sign: "1.01 to 4.17"; "-" if it is none.
std::string Range(const Json& interval, int places = 2);

// ", evenly spaced of 60,000,000" where the non-mated pairs are a subset; else nothing.
std::string Subset(const Json& figures);

}  // namespace distinct::cli
