#include "sim/system/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "generator/error.h"
#include "sim/accelerator/encoding.h"
#include "sim/accelerator/memories.h"
#include "sim/accelerator/order.h"
#include "sim/system/emit.h"

namespace rowcast::accelerator {
namespace {

constexpr HeaderWord kHeader[] = {
    {"MAGIC", "0x31504352, \"RCP1\""},
    {"CONFIG", "what register CONFIG has of the machine"},
    {"BYTES", "of the image; what lies behind is written by driver and accelerator"},
    {"SIZE", "and the following: the registers of these names"},
    {"WRITABLE", ""},
    {"LOAD_OFFSET", ""},
    {"LOAD_COUNT", ""},
    {"MOVE_OFFSET", ""},
    {"MOVE_COUNT", ""},
    {"STORE_OFFSET", ""},
    {"STORE_COUNT", ""}};

constexpr int kScaleBytes = 8;

int16_t sign_extended(uint32_t bits, int width) {
  const uint32_t sign = 1u << (width - 1);
  return static_cast<int16_t>(static_cast<int>((bits & ((sign << 1) - 1)) ^ sign) -
                              static_cast<int>(sign));
}

class Builder {
 public:
  Builder(const Program& program, const SystemConfig& config)
      : program_(program), config_(config) {}

  Image build() {
    const size_t lists = list_bytes(program_.loads.size(), kTransferBytes) +
                         list_bytes(program_.moves.size(), kMoveBytes) +
                         list_bytes(program_.stores.size(), kTransferBytes);
    image_.bytes.resize(kHeaderBytes + lists);
    constants();
    pad(image_.bytes);
    end_ = image_.bytes.size();
    tensors();
    instructions();
    check();
    Launch& launch = image_.launch;
    launch.size = static_cast<uint32_t>((end_ + 63) / 64 * 64);
    size_t at = kHeaderBytes;
    const auto list = [&](const auto& instructions, ListPlace& place) {
      const Bytes bytes = bytes_of(std::span(instructions));
      place = {static_cast<uint32_t>(at), static_cast<uint32_t>(instructions.size())};
      std::ranges::copy(bytes, image_.bytes.begin() + static_cast<std::ptrdiff_t>(at));
      at += bytes.size();
    };
    list(image_.instructions.loads, launch.loads);
    list(image_.instructions.moves, launch.moves);
    list(image_.instructions.stores, launch.stores);
    set_word(image_.bytes, 0, kImageMagic);
    set_word(image_.bytes, 4, program_hash(config_.accelerator));
    set_word(image_.bytes, 8, static_cast<uint32_t>(image_.bytes.size()));
    size_t word = kLaunch;
    for (const uint32_t value : launch.words()) set_word(image_.bytes, 4 * word++, value);
    return std::move(image_);
  }

 private:
  // Whole lines, beats of every bus and lines of a processor's cache.
  size_t alignment() const { return std::max<size_t>(64, config_.line_bytes()); }
  size_t aligned(size_t bytes) const {
    return (bytes + alignment() - 1) / alignment() * alignment();
  }
  void pad(Bytes& bytes) const { bytes.resize(aligned(bytes.size())); }
  static size_t list_bytes(size_t count, int bytes_of_each) {
    return (count * bytes_of_each + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  }

  Bytes constant(const Load& load) const {
    const int lanes = has_one_lane(load.memory) ? 1 : config_.lanes();
    const auto each = [&](const auto& act) {
      for (int i = 0; i < load.depth; ++i)
        for (int lane = 0; lane < lanes; ++lane) act(static_cast<size_t>(lane) * load.depth + i);
    };
    if (load.memory == Memory::kQ || load.memory == Memory::kS) {
      Bytes bytes;
      each([&](size_t i) {
        const uint64_t bits = load.scales.empty() ? 0 : bits_of(load.scales.at(i));
        for (int byte = 0; byte < kScaleBytes; ++byte)
          bytes.push_back(static_cast<uint8_t>(bits >> (8 * byte)));
      });
      bytes.resize((bytes.size() + config_.line_bytes() - 1) / config_.line_bytes() *
                   config_.line_bytes());
      return bytes;
    }
    std::vector<int16_t> words;
    each([&](size_t i) { words.push_back(load.words.empty() ? int16_t{0} : load.words.at(i)); });
    return load.memory == Memory::kTables ? packed(words, config_) : lines_of(words, config_);
  }

  void constants() {
    std::map<std::string, size_t> known;
    for (const Load& load : program_.loads) {
      if (load.tensor >= 0) {
        load_offsets_.push_back(0);  // until tensors() has it
        continue;
      }
      const bool numbers = !load.words.empty() || !load.scales.empty();
      Bytes bytes = constant(load);
      pad(image_.bytes);
      const size_t at = image_.bytes.size();
      if (numbers) {
        const auto [found, is_new] = known.try_emplace(std::string(bytes.begin(), bytes.end()), at);
        load_offsets_.push_back(found->second);
        if (!is_new) continue;
      } else {
        load_offsets_.push_back(at);
      }
      image_.bytes.insert(image_.bytes.end(), bytes.begin(), bytes.end());
    }
  }

  Role role_of(size_t tensor) const {
    if (program_.tensors[tensor].node < 0) return Role::kInput;
    const auto reads = [&](const Load& load) { return load.tensor == static_cast<int>(tensor); };
    return std::ranges::any_of(program_.loads, reads) ? Role::kSpill : Role::kOutput;
  }

  void tensors() {
    offsets_.resize(program_.tensors.size());
    for (const Role role : {Role::kInput, Role::kSpill, Role::kOutput}) {
      if (role == Role::kSpill) writable_ = end_;
      for (size_t t = 0; t < program_.tensors.size(); ++t) {
        const Tensor& tensor = program_.tensors[t];
        if (!tensor.dram || role_of(t) != role) continue;
        const size_t bytes = static_cast<size_t>(tensor.size(config_.lanes())) *
                             static_cast<size_t>(config_.line_bytes());
        offsets_[t] = end_;
        image_.tensors.push_back(
            {static_cast<int>(t), role, static_cast<uint32_t>(end_), static_cast<uint32_t>(bytes)});
        end_ += aligned(bytes);
      }
    }
  }

  void instructions() {
    const auto line = [&](int tensor, int at) {
      return static_cast<uint32_t>(offsets_[static_cast<size_t>(tensor)] +
                                   static_cast<size_t>(at) * config_.line_bytes());
    };
    const auto number = [](int value) { return static_cast<uint32_t>(value); };
    Instructions& all = image_.instructions;
    for (size_t i = 0; i < program_.loads.size(); ++i) {
      const Load& load = program_.loads[i];
      const int each = load.memory == Memory::kQ ? config_.lanes() : 1;
      all.loads.push_back({.memory = static_cast<uint32_t>(load.memory),
                           .base = number(load.base),
                           .count = number(load.depth * each),
                           .offset = load.tensor >= 0 ? line(load.tensor, load.line)
                                                      : static_cast<uint32_t>(load_offsets_[i]),
                           .moves = number(load.after),
                           .stores = number(load.stores)});
    }
    const std::vector<int> loads = loads_before(program_);
    for (size_t m = 0; m < program_.moves.size(); ++m)
      all.moves.push_back(
          {program_.moves[m].move, number(loads[m]), number(program_.moves[m].stores)});
    for (const Store& store : program_.stores)
      all.stores.push_back({.memory = static_cast<uint32_t>(store.memory),
                            .base = number(store.base),
                            .count = number(store.depth),
                            .offset = line(store.tensor, store.line),
                            .moves = number(store.after),
                            .loads = 0});
    image_.launch.writable = static_cast<uint32_t>(writable_);
  }

  void check() const {
    std::vector<std::string> problems;
    const auto at_most = [&](const char* what, size_t value, size_t most) {
      if (value > most)
        problems.push_back(
            fmt::format("program: {} {}, rc_accel takes at most {}", value, what, most));
    };
    at_most("bytes of DRAM", end_, UINT32_MAX);
    constexpr size_t kMost = (size_t{1} << kCounterBits) - 1;
    at_most("loads", program_.loads.size(), kMost);
    at_most("moves", program_.moves.size(), kMost);
    at_most("stores", program_.stores.size(), kMost);
    if (!problems.empty()) throw InputError(std::move(problems));
  }

  const Program& program_;
  const SystemConfig& config_;
  Image image_;
  std::vector<size_t> load_offsets_;  // by load, of constants
  std::vector<size_t> offsets_;       // by tensor
  size_t end_ = 0, writable_ = 0;
};

}  // namespace

std::span<const HeaderWord> header_words() { return kHeader; }

std::string_view to_string(Role role) {
  constexpr std::string_view kNames[] = {"input", "spill", "output"};
  return kNames[static_cast<size_t>(role)];
}

Image image_of(const Program& program, const SystemConfig& config) {
  return Builder(program, config).build();
}

Bytes region_of(const Image& image, const Program& program, const SystemConfig& config) {
  Bytes region = image.bytes;
  region.resize(image.launch.size);
  for (const TensorPlace& place : image.tensors)
    std::ranges::copy(lines_of(program.tensors[static_cast<size_t>(place.tensor)].words, config),
                      region.begin() + place.offset);
  return region;
}

Bytes lines_of(std::span<const int16_t> words, const SystemConfig& config) {
  const size_t lanes = static_cast<size_t>(config.lanes()),
               line = static_cast<size_t>(config.line_bytes()),
               each = static_cast<size_t>(config.word_bytes());
  Bytes bytes(words.size() / lanes * line);
  for (size_t i = 0; i < words.size(); ++i)
    for (size_t byte = 0; byte < each; ++byte)
      bytes[i / lanes * line + i % lanes * each + byte] =
          static_cast<uint8_t>(static_cast<uint16_t>(words[i]) >> (8 * byte));
  return bytes;
}

std::vector<int16_t> words_of(std::span<const uint8_t> lines, const SystemConfig& config) {
  const size_t lanes = static_cast<size_t>(config.lanes()),
               line = static_cast<size_t>(config.line_bytes()),
               each = static_cast<size_t>(config.word_bytes());
  std::vector<int16_t> words;
  words.reserve(lines.size() / line * lanes);
  for (size_t at = 0; at + line <= lines.size(); at += line)
    for (size_t lane = 0; lane < lanes; ++lane) {
      uint32_t bits = 0;
      for (size_t byte = 0; byte < each; ++byte)
        bits |= static_cast<uint32_t>(lines[at + lane * each + byte]) << (8 * byte);
      words.push_back(sign_extended(bits, config.accelerator.array.data_width));
    }
  return words;
}

Bytes packed(std::span<const int16_t> words, const SystemConfig& config) {
  const size_t line = static_cast<size_t>(config.line_bytes()),
               each = static_cast<size_t>(config.word_bytes());
  Bytes bytes((words.size() * each + line - 1) / line * line);
  for (size_t i = 0; i < words.size(); ++i)
    for (size_t byte = 0; byte < each; ++byte)
      bytes[i * each + byte] = static_cast<uint8_t>(static_cast<uint16_t>(words[i]) >> (8 * byte));
  return bytes;
}

int16_t packed_word(std::span<const uint8_t> bytes, size_t at, const SystemConfig& config) {
  const size_t each = static_cast<size_t>(config.word_bytes());
  uint32_t bits = 0;
  for (size_t byte = 0; byte < each; ++byte)
    bits |= static_cast<uint32_t>(bytes[at * each + byte]) << (8 * byte);
  return sign_extended(bits, config.accelerator.array.data_width);
}

std::vector<int16_t> words_of(const TensorPlace& place, std::span<const uint8_t> region,
                              const SystemConfig& config) {
  return words_of(region.subspan(place.offset, place.bytes), config);
}

}  // namespace rowcast::accelerator
