// What the shims of all models share: compiled against a generated model.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "verilated.h"

double sc_time_stamp() { return 0; }

namespace {

struct Ended {
  std::string why;
};

[[noreturn]] void end(const char* file, int line, const std::string& what) {
  throw Ended{file && *file ? std::string(file) + ":" + std::to_string(line) + ": " + what : what};
}

}  // namespace

// Verilator's runtime calls these (VL_USER_FINISH and so on); its own would end the process.
void vl_finish(const char* file, int line, const char*) { end(file, line, "$finish"); }
void vl_stop(const char* file, int line, const char*) {
  end(file, line, "$stop, or a failing assertion");
}
void vl_fatal(const char* file, int line, const char*, const char* message) {
  end(file, line, message);
}

namespace {

// A port's bits as bytes. Hosts are little-endian, and Verilator keeps the bits beyond a port zero.
template <size_t Bits, class Port>
void write_port(const uint8_t* bytes, Port& port) {
  if (bytes) std::memcpy(&port, bytes, (Bits + 7) / 8);
}

// A port of so many bits, as Verilator stores it. A manifest that speaks of another array than the
// Verilog does not compile, rather than write past a port.
template <class Port>
constexpr bool holds(size_t bits) {
  const size_t words = (bits + 31) / 32 * 4;
  return sizeof(Port) == (bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : bits <= 64 ? 8 : words);
}

// Carries out one step of a model; false, and why, where its Verilog ends the simulation.
template <class Evaluate>
bool carry_out(const Evaluate& evaluate, std::string& why) {
  try {
    evaluate();
    return true;
  } catch (const Ended& ended) {
    why = ended.why;
  } catch (const std::exception& error) {
    why = error.what();
  }
  return false;
}

}  // namespace
