#include "tests/system/topology_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/workload/network.h"
#include "tests/random_layers.h"

namespace rowcast::test {
namespace {

class Writer {
 public:
  explicit Writer(std::mt19937_64& random) : random_(random) {}

  TopologyFile file() {
    TopologyFile result{TopologyFile::kValid, {}, {}};
    gemm_ = chance(4);
    separator_ = pick(std::array{",", ",", ",", ", ", ",\t", " ,", ";", "\t"});
    end_ = pick(std::array{"\n", "\n", "\n", "\r\n", "\r"});
    if (chance(10)) result.text += "\xef\xbb\xbf";
    const int rows = chance(20) ? random_in(random_, 20, 200) : random_in(random_, 1, 12);
    decoration(result.text);
    header(result.text);
    for (int i = 0; i < rows; ++i) {
      decoration(result.text);
      Layer layer = random_row();
      total_ += layer.macs();
      if (total_ > kMaxNetworkMacs) break;
      layer.name = name(layer.kind == LayerKind::kDepthwise);
      row(result.text, layer);
      result.layers.push_back(std::move(layer));
    }
    decoration(result.text);
    // The last line needs no end; whatever follows it would be part of it.
    if (chance(3)) result.text.resize(result.text.size() - end_.size());
    if (chance(3)) damage(result);
    return result;
  }

 private:
  bool chance(int n) { return random_in(random_, 1, n) == 1; }
  template <class Values>
  std::string pick(const Values& values) {
    return values[random_in(random_, 0, static_cast<int>(std::size(values)) - 1)];
  }
  // Small ones mostly, with large ones among them.
  int size(int usual) {
    if (chance(40)) return 1 << random_in(random_, 0, 24);
    if (chance(40)) return random_in(random_, 1, 500000);
    return random_in(random_, 1, usual);
  }

  void line(std::string& text, const std::string& what) const { text += what + end_; }
  void decoration(std::string& text) {
    while (chance(6)) {
      switch (random_in(random_, 0, 4)) {
        case 0:
          line(text, "");
          break;
        case 1:
          line(text, separator_ + separator_ + separator_);
          break;
        case 2:
          line(text, "# a note" + separator_ + "1");
          break;
        case 3:
          line(text, "  ");
          break;
        case 4:
          // Behind the header, or it would be taken for that.
          if (headed_ && !shuffled_)
            line(text, pick(std::array{"Alexnet", "Neural (Filtering)", "==="}) + separator_);
      }
    }
  }

  std::string spelled(std::string name) {
    const std::string space = pick(std::array{" ", " ", "_", "", "\xc2\xa0"});
    if (const size_t at = name.find(' '); at != std::string::npos) name.replace(at, 1, space);
    if (chance(4))
      for (char& c : name) c = static_cast<char>(std::tolower(c));
    return name;
  }
  void header(std::string& text) {
    if (gemm_) {
      columns_ = {pick(std::array{"Layer", "Layer Name"}), "M", "N", "K"};
    } else {
      columns_ = {pick(std::array{"Layer", "Layer name"}),
                  "IFMAP Height",
                  "IFMAP Width",
                  "Filter Height",
                  "Filter Width",
                  pick(std::array{"Channels", "Channel"}),
                  pick(std::array{"Num Filter", "Num Filters"}),
                  pick(std::array{"Strides", "Stride", "Stride Height"})};
      if (chance(6)) columns_[1] = "IFMAP Width";
    }
    if (!gemm_ && chance(6)) columns_.push_back("Stride Width");
    named_ = columns_.size();
    while (chance(5))
      columns_.push_back(pick(std::array{"Sparsity", "Batch", "Batch Size", "Notes", "Eh", ""}));
    order_.resize(columns_.size());
    for (size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    shuffled_ = columns_[1] != "IFMAP Width" && chance(6);
    if (shuffled_) std::ranges::shuffle(order_, random_);
    std::string cells;
    for (const size_t i : order_) cells += spelled(columns_[i]) + separator_;
    if (chance(4)) cells.resize(cells.size() - separator_.size());
    line(text, cells);
    headed_ = true;
  }

  Layer random_row() {
    for (;;) {
      Layer layer;
      layer.in_channels = size(64);
      layer.out_channels = size(64);
      if (gemm_) {
        layer.in_height = size(64);
        layer.kind = LayerKind::kPointwise;
      } else {
        layer.in_height = size(40);
        layer.in_width = chance(3) ? layer.in_height : size(40);
        layer.kernel_h = chance(8) ? size(11) : random_in(random_, 1, 5);
        layer.kernel_w = chance(3) ? size(11) : layer.kernel_h;
        layer.stride_h = layer.stride_w = chance(3) ? random_in(random_, 1, 6) : 1;
        if (named_ > 8 && chance(2)) layer.stride_w = random_in(random_, 1, 6);
        if (chance(4)) {
          layer.kind = LayerKind::kDepthwise;
          layer.out_channels = layer.in_channels;
          if (layer.in_channels > 1 && chance(3)) layer.out_channels *= random_in(random_, 2, 4);
        }
      }
      if (validate(layer).empty()) return layer;
    }
  }

  std::string name(bool depthwise) {
    std::string text;
    for (int k = random_in(random_, 1, 4); k > 0; --k)
      text += pick(std::array{"conv", "1", "_a", ".x", "-FF", "QxK'", "(b)", "\xc3\xa9", "; ", "+",
                              "$(ls)", "`id`", "%s", "\\", "=1"});
    if (depthwise) text += pick(std::array{"DP", "_DP1", ".DP"});
    return text;
  }
  std::string cell(const std::string& text) {
    const bool quote = text.find_first_of(",;\t\"") != std::string::npos || chance(10);
    std::string result = quote ? "\"" + text + "\"" : text;
    if (chance(10)) result = pick(std::array{" ", "\t", "\xc2\xa0"}) + result;
    return separator_ == "\t" && result.starts_with('\t') ? result.substr(1) : result;
  }
  void row(std::string& text, const Layer& layer) {
    std::vector<std::string> values = {cell(layer.name)};
    const auto add = [&](int value) { values.push_back(cell(std::to_string(value))); };
    if (gemm_) {
      for (const int value : {layer.in_height, layer.out_channels, layer.in_channels}) add(value);
    } else {
      for (const int value :
           {layer.in_height, layer.in_width, layer.kernel_h, layer.kernel_w, layer.in_channels,
            layer.kind == LayerKind::kDepthwise ? layer.multiplier() : layer.out_channels,
            layer.stride_h})
        add(value);
      if (named_ > 8) add(layer.stride_w);
    }
    while (values.size() < columns_.size())
      values.push_back(chance(2) ? "" : pick(std::array{"1", "2:4", "x", shuffled_ ? "" : "#dw"}));
    std::string cells;
    for (const size_t i : order_) cells += values[i] + separator_;
    if (chance(10)) cells.resize(cells.size() - separator_.size());
    line(text, cells);
  }

  void damage(TopologyFile& file) {
    file.kind = TopologyFile::kOdd;
    file.layers.clear();
    const std::string row = fmt::format("{}x", end_);
    switch (random_in(random_, 0, 6)) {
      case 0: {  // a number that is none, in a row of its own
        file.kind = TopologyFile::kBroken;
        const std::string number =
            pick(std::array{"nan", "inf", "-0", "+5", "0", "-1", "2.9", "1e3", "0x10", "4294967298",
                            "18446744073709551617", "1 2", "five", "16777217", "1'000"});
        file.text += row;
        for (size_t i = 1; i < columns_.size(); ++i) file.text += separator_ + number;
        file.text += end_;
        return;
      }
      case 1:
        file.kind = TopologyFile::kBroken;
        file.text = pick(std::array{"", "\n\n", "x\n", "M,N\n1,2\n", "1,2,3,4,5,6,7,8\n",
                                    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter "
                                    "Width, Channels, Num Filter, Strides,\n",
                                    "Layer,M,N,K\n#a,1,1,1\n",
                                    "\x7f"
                                    "ELF\x02\x01"});
        return;
      case 2:  // behind a line's end, where it begins a cell
        file.kind = TopologyFile::kBroken;
        file.text += end_ + "\"open" + separator_ + "1" + end_;
        return;
      case 3:  // a name that clears the terminal
        if (shuffled_) return;
        file.kind = TopologyFile::kBroken;
        file.text += fmt::format("{}\x1b[2Jx{}1{}1{}1{}1{}1{}1{}1", end_, separator_, separator_,
                                 separator_, separator_, separator_, separator_, separator_);
        return;
      default:
        for (int k = random_in(random_, 1, 6); k > 0 && !file.text.empty(); --k) {
          const size_t at = random_() % file.text.size();
          switch (random_in(random_, 0, 4)) {
            case 0:
              file.text[at] = static_cast<char>(random_());
              break;
            case 1:
              file.text.erase(at, 1 + random_() % 20);
              break;
            case 2:
              file.text.insert(at, pick(std::array{",", "\"", ";", "\n", "9", "-", "DP", "\t",
                                                   "\xff", "\xc2\xa0", "e", ".", "#", "99999999"}));
              break;
            case 3:
              file.text.insert(random_() % file.text.size(), file.text.substr(at, 40));
              break;
            default:
              file.text.resize(at);
          }
        }
    }
  }

  std::mt19937_64& random_;
  bool gemm_ = false, headed_ = false, shuffled_ = false;
  std::string separator_, end_;
  std::vector<std::string> columns_;
  std::vector<size_t> order_;  // of columns in the file
  size_t named_ = 0;           // columns with a meaning
  int64_t total_ = 0;
};

}  // namespace

TopologyFile random_topology(std::mt19937_64& random) { return Writer(random).file(); }

}  // namespace rowcast::test
