// What the shims of the accelerator share: a model and where its memories are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "accelerator_shim.h"
#include "verilated.h"
#include "verilated_sym_props.h"

namespace rowcast::accelerator {

// A model of a class that Verilator made; registers wake up with rubbish from `seed`.
template <class Top>
struct ShimModel {
  VerilatedContext context;
  std::unique_ptr<Top> top;
  std::string ended;

  explicit ShimModel(uint32_t seed) {
    context.randReset(2);
    context.randSeed(static_cast<int>(seed & 0x7fffffff) + 1);
    top = std::make_unique<Top>(&context);
  }
  // Verilator erases a model's scopes in the thread's context, which is the last one made.
  ~ShimModel() {
    Verilated::threadContextp(&context);
    top.reset();
    Verilated::threadContextp(nullptr);
  }
};

// A lane of the memory, of rc_accelerator at this scope; `lanes` of them. Its array `words` is
// public by Verilator's configuration (model.cpp).
inline bool find_lane(VerilatedContext& context, const std::string& scope, int memory, int number,
                      size_t lanes, ShimLane& found) {
  const auto words_of = [&](const std::string& instance) -> VerilatedVar* {
    const VerilatedScope* there = context.scopeFind((scope + "." + instance).c_str());
    return there ? there->varFind("words") : nullptr;
  };
  constexpr const char* kInstances[] = {"u_a", "u_b", "u_w", "u_q", "u_s", "gen_tables.u_t"};
  const std::string instance = kInstances[memory];
  const auto take = [&](VerilatedVar* words, size_t columns) {
    if (!words) return false;
    found.bytes = words->entSize();
    found.stride = columns * found.bytes;
    found.words = static_cast<uint8_t*>(words->datap()) +
                  (columns == 1 ? 0 : static_cast<size_t>(number) * found.bytes);
    return true;
  };
  // A memory of one lane, one that has all lanes in one array, one with a module for each.
  if (instance == "u_s") return take(words_of(instance), 1);
  return take(words_of(instance), lanes) ||
         take(words_of(instance + ".lane[" + std::to_string(number) + "].u_ram"), 1);
}

}  // namespace rowcast::accelerator
