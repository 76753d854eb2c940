#include "sim/system/driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/system/registers.h"

namespace rowcast::accelerator {
namespace {

std::string lower(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string define(const std::string& name, const std::string& value, std::string_view text = {}) {
  const std::string line = fmt::format("#define {} {}", name, value);
  return text.empty() ? line + "\n" : fmt::format("{:<36} /* {} */\n", line, text);
}

// The counters: all from CYCLES on.
bool is_counter(const Register& one) { return one.offset >= offset_of("CYCLES"); }

// A macro of many lines.
class Macro {
 public:
  explicit Macro(const std::string& begin) : text_("#define " + begin) {}
  void add(const std::string& line) { text_ += " \\\n  " + line; }
  std::string text() const { return text_ + "\n"; }

 private:
  std::string text_;
};

}  // namespace

std::string driver_registers() {
  std::string text =
      "/* rc_accel's registers, from the table that its Verilog is made with: byte offsets. */\n"
      "#ifndef RC_REGISTERS_H\n#define RC_REGISTERS_H\n\n";
  for (const Register& one : registers())
    text += define(fmt::format("RC_{}", one.name), fmt::format("0x{:03X}u", one.offset), one.text);
  text += "\n";
  text += define("RC_ID_VALUE", fmt::format("0x{:08X}u", kIdentity));
  text += define("RC_CONTROL_START", fmt::format("{}u", kStart));
  text += define("RC_CONTROL_ABORT", fmt::format("{}u", kAbort));
  text += define("RC_STATUS_RUNNING", fmt::format("{}u", kRunning));
  text += define("RC_STATUS_DONE", fmt::format("{}u", kDone));
  text += define("RC_STATUS_ERROR", fmt::format("{}u", kError));
  text += define("RC_STATUS_UNIT_SHIFT", std::to_string(kUnitShift));
  text += define("RC_STATUS_CODE_SHIFT", std::to_string(kCodeShift));

  text += "\n/* The words of an image's header. */\n";
  uint32_t word = 0;
  for (const HeaderWord& one : header_words())
    text += define(fmt::format("RC_IMAGE_{}", one.name), fmt::format("{}u", word++), one.text);
  text += define("RC_IMAGE_WORDS", fmt::format("{}u", word));
  text += define("RC_IMAGE_HEADER_BYTES", fmt::format("{}u", kHeaderBytes));
  text += define("RC_IMAGE_MAGIC_VALUE", fmt::format("0x{:08X}u", kImageMagic));

  text += "\n/* field, register */\n";
  Macro counters("RC_COUNTERS(X)");
  std::string fields;
  for (const Register& one : registers())
    if (is_counter(one)) {
      counters.add(fmt::format("X({}, RC_{})", lower(one.name), one.name));
      fields += fmt::format("  uint32_t {}; /* {} */\n", lower(one.name), one.text);
    }
  text += counters.text() + "struct rc_counters {\n" + fields + "};\n\n";

  for (const Part unit : kParts)
    text += define(fmt::format("RC_UNIT_{}", part_name(unit)),
                   fmt::format("{}u", static_cast<uint32_t>(unit)));
  Macro units("RC_UNIT_TEXTS"), faults("RC_FAULT_TEXTS");
  for (const Part unit : kParts) {
    units.add(fmt::format("case {}u: return \"{}\";", static_cast<uint32_t>(unit),
                          lower(part_name(unit))));
    for (uint32_t code = 1; code <= kMostFailure; ++code)
      if (const std::string_view said = failure_text(unit, code); !said.empty())
        faults.add(fmt::format("case 0x{:x}{:x}u: return \"{}\";", static_cast<uint32_t>(unit),
                               code, said));
  }
  return text + "\n" + units.text() + faults.text() + "\n#endif\n";
}

}  // namespace rowcast::accelerator
