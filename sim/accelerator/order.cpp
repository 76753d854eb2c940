#include "sim/accelerator/order.h"

#include <fmt/format.h>

#include <algorithm>

namespace rowcast::accelerator {

std::vector<int> loads_before(const Program& program) {
  std::vector<int> loads(program.moves.size());
  for (size_t i = 0; i < program.loads.size(); ++i)
    if (const auto before = static_cast<size_t>(program.loads[i].before); before < loads.size())
      loads[before] = static_cast<int>(i) + 1;
  for (size_t m = 1; m < loads.size(); ++m) loads[m] = std::max(loads[m], loads[m - 1]);
  return loads;
}

std::string carry_out(const Program& program, const std::array<Unit, 3>& preference,
                      const std::function<void(Unit, int)>& act) {
  const std::vector<int> needed = loads_before(program);
  size_t loads = 0, moves = 0, stores = 0;
  const auto finished = [](size_t count, int wanted) { return static_cast<int>(count) >= wanted; };
  const auto next = [&](Unit unit) -> size_t* {
    switch (unit) {
      case Unit::kLoad:
        return loads < program.loads.size() && finished(moves, program.loads[loads].after) &&
                       finished(stores, program.loads[loads].stores)
                   ? &loads
                   : nullptr;
      case Unit::kMove:
        return moves < program.moves.size() && finished(loads, needed[moves]) &&
                       finished(stores, program.moves[moves].stores)
                   ? &moves
                   : nullptr;
      case Unit::kStore:
        return stores < program.stores.size() && finished(moves, program.stores[stores].after)
                   ? &stores
                   : nullptr;
    }
    return nullptr;
  };
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
    for (const Unit unit : preference)
      if (size_t* const count = next(unit)) {
        if (act) act(unit, static_cast<int>(*count));
        ++*count;
        goes_on = true;
        break;
      }
  }
  if (loads == program.loads.size() && moves == program.moves.size() &&
      stores == program.stores.size())
    return "";
  return fmt::format(
      "wait for each other: {} of {} loads, {} of {} moves and {} of {} stores can be carried out",
      loads, program.loads.size(), moves, program.moves.size(), stores, program.stores.size());
}

}  // namespace rowcast::accelerator
