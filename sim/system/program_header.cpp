#include "sim/system/program_header.h"

#include <fmt/format.h>

#include "sim/system/emit.h"

namespace rowcast::accelerator {
namespace {

// Whatever a network file calls its nodes.
std::string comment(const std::string& name) {
  std::string text;
  for (const char c : name) text += std::string_view("*/\\").find(c) == std::string::npos ? c : '_';
  return text;
}

}  // namespace

std::vector<std::pair<const char*, uint32_t>> tensor_fields(const TensorPlace& place,
                                                            const Program& program,
                                                            const Network& network,
                                                            const SystemConfig& config) {
  const Tensor& tensor = program.tensors[static_cast<size_t>(place.tensor)];
  const Layer* layer =
      tensor.reader < 0 ? nullptr : &network.nodes[static_cast<size_t>(tensor.reader)].layer;
  std::vector<std::pair<const char*, uint32_t>> fields = {{"offset", place.offset},
                                                          {"bytes", place.bytes}};
  const auto add = [&](const char* name, int value) {
    fields.emplace_back(name, static_cast<uint32_t>(value));
  };
  add("lanes", config.lanes());
  add("word_bytes", config.word_bytes());
  add("line_bytes", config.line_bytes());
  add("channels", tensor.channels);
  add("height", tensor.height);
  add("width", tensor.width);
  add("in_channels", tensor.layout == Layout::kChannels);
  add("band", tensor.band);
  add("pad", tensor.pad);
  add("pixels", tensor.pixels());
  add("gap_at", tensor.gap_at);
  add("gap", tensor.gap);
  add("image_channels", layer ? network.input.channels : 0);
  add("image_height", layer ? network.input.height : 0);
  add("image_width", layer ? network.input.width : 0);
  add("kernel_height", layer ? layer->kernel_h : 0);
  add("kernel_width", layer ? layer->kernel_w : 0);
  add("stride_height", layer ? layer->stride_h : 0);
  add("stride_width", layer ? layer->stride_w : 0);
  add("dilation_height", layer ? layer->dilation_h : 0);
  add("dilation_width", layer ? layer->dilation_w : 0);
  add("padding_top", layer ? layer->pad_top : 0);
  add("padding_left", layer ? layer->pad_left : 0);
  return fields;
}

std::string program_header(const Image& image, const Program& program, const Network& network,
                           const SystemConfig& config, const Scales& scales,
                           const std::vector<std::string>& origin) {
  std::string text = "/* A program for rc_accel.\n";
  for (const std::string& line : origin) text += fmt::format(" * {}\n", comment(line));
  text += " */\n#ifndef RC_PROGRAM_H\n#define RC_PROGRAM_H\n\n#include \"rc_accel.h\"\n\n";
  const auto define = [&](const char* name, const std::string& value) {
    text += fmt::format("#define RC_PROGRAM_{} {}\n", name, value);
  };
  define("CONFIG", fmt::format("0x{:08X}u", program_hash(config.accelerator)));
  define("IMAGE_BYTES", fmt::format("{}u", image.bytes.size()));
  define("REGION_BYTES", fmt::format("{}u", image.launch.size));
  if (scales.input != 0)
    text +=
        fmt::format("\n/* A word's 1 stands for this. */\n#define RC_PROGRAM_INPUT_SCALE {:.17g}\n",
                    scales.input);
  size_t outputs = 0;
  for (const double scale : scales.outputs)
    text += fmt::format("#define RC_PROGRAM_OUTPUT_{}_SCALE {:.17g}\n", outputs++, scale);
  const auto tensors = [&](Role role, const char* name, const char* what) {
    std::string rows;
    int count = 0;
    for (const TensorPlace& place : image.tensors) {
      if (place.role != role) continue;
      const Tensor& tensor = program.tensors[static_cast<size_t>(place.tensor)];
      rows += fmt::format("{}  /* {} */\n  {{", count++ ? ",\n" : "", comment(tensor.name));
      const char* separator = "";
      for (const auto& [field, value] : tensor_fields(place, program, network, config)) {
        rows += fmt::format("{}\n    {}u /* {} */", separator, value, field);
        separator = ",";
      }
      rows += "\n  }";
    }
    text += fmt::format(
        "\n/* {} */\n#define RC_PROGRAM_{}S {}\nstatic const struct rc_tensor rc_program_{}s[] = "
        "{{\n{}\n}};\n",
        what, name, count, name == std::string_view("INPUT") ? "input" : "output", rows);
  };
  tensors(Role::kInput, "INPUT",
          "The network's input, in every layout that it is read in: pack all.");
  tensors(Role::kOutput, "OUTPUT", "What it makes of it.");
  return text + "\n#endif\n";
}

}  // namespace rowcast::accelerator
