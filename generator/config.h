// ArrayConfig: the one description of a generated array, and the one table of its fields.
//
// The table drives the TOML reader, the command line, --help, validation, Verilog parameters, the
// manifest and the README's parameter table. Adding a parameter is one member, one row, and its
// use.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

struct ArrayConfig {
  int rows = 32;             // R, rows of processing elements
  int cols = 32;             // C, columns of processing elements
  int data_width = 8;        // bits of an activation, signed
  int weight_width = 8;      // bits of a weight, signed
  int acc_width = 0;         // bits of an accumulator; 0: derived, see effective_acc_width
  int max_reduction = 4608;  // longest reduction of a tile in beats; sizes the command fields
  int tag_width = 16;        // bits of a step's tag and of a command's step count
  int row_broadcast = 1;     // 1: the ST-OS extension is there; 0: every part of it is gone
  int broadcast_stages = 0;  // registers in the row broadcast
  int mac_stages = 0;        // registers between multiplier and adder

  friend bool operator==(const ArrayConfig&, const ArrayConfig&) = default;
};

// The same array with and without the extension, for comparisons.
ArrayConfig with_broadcast(ArrayConfig config);
ArrayConfig without_broadcast(ArrayConfig config);

// One row of the field table.
struct ConfigField {
  std::string_view key;        // TOML key and manifest key
  std::string_view option;     // command line option, without the leading dashes; empty: none
  std::string_view parameter;  // Verilog parameter
  int ArrayConfig::*member;
  int min, max;                   // allowed values, inclusive
  bool flag;                      // a TOML boolean rather than an integer
  std::string_view default_text;  // how the default reads where it is derived; else empty
  std::string_view help;
};

// All fields, in the order in which they are documented.
std::span<const ConfigField> config_fields();

// The field with this TOML key, or nullptr.
const ConfigField* find_config_field(std::string_view key);

// The accumulator width to build: acc_width if given, else data_width + weight_width +
// ceil(log2 max_reduction), rounded up to whole bytes and at most 64.
int effective_acc_width(const ArrayConfig& config);

// The field's value as built: the derived one where none was given.
int field_value(const ArrayConfig& config, const ConfigField& field);

// Bits of the sequencer's fields, as rc_core derives them.
int row_field_width(const ArrayConfig& config);   // a number of rows
int col_field_width(const ArrayConfig& config);   // a number of columns
int beat_field_width(const ArrayConfig& config);  // a number of beats

// Clock edges from a beat's handshake to its being at the array's edge: in the operand registers of
// the outermost elements. One lies in rc_skew, one in the elements, the rest in the broadcast.
int edge_latency(const ArrayConfig& config);

// Clock edges that every sum is captured later than without registers in the multiply-accumulate:
// by one for the product's, by one because the sum is taken from the accumulator's.
int mac_latency(const ArrayConfig& config);

// Every problem of the configuration, each as "KEY: what is wrong, given, allowed"; empty if legal.
std::vector<std::string> validate(const ArrayConfig& config);

// Stable one-line form of all fields, "key=value key=value ..."; what hashes and banners use.
std::string canonical_text(const ArrayConfig& config);

// "32x32", "32" (square) or an error text in `error`.
bool parse_array_size(std::string_view text, ArrayConfig& config, std::string& error);

}  // namespace rowcast
