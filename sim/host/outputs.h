// From results of steps to outputs of layers; for any host that knows a result's step, row and
// column.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/host/monitor.h"
#include "sim/schedule/beats.h"

namespace rowcast {

class OutputWriter {
 public:
  // A step of which results have come.
  struct Step {
    Order order{};
    int64_t number = 0;  // over all orders
    int order_step = 0;
    Tile tile{};                                 // OS
    std::vector<ResultGrid> grids{};             // OS
    std::vector<std::vector<ResultRun>> rows{};  // ST-OS, by row
    bool stream() const { return order.command.stream; }
  };
  enum class Written { kUnwanted, kFirst, kAgain };

  // A row's results: column c's is lane c of port (begin + c) & mask of a ring of ports.
  struct Row {
    const uint8_t* first = nullptr;
    size_t pitch = 0;  // bytes from a port to the next
    int begin = 0, mask = 0;
    const uint8_t* port(int col) const { return first + size_t((begin + col) & mask) * pitch; }
  };
  struct RowWritten {
    int last_col = -1;           // of the wanted results; -1: none was wanted
    std::span<const int> again;  // columns whose output was there; until the next row
  };

  // The works outlive the writer.
  OutputWriter(const ArrayConfig& config, std::span<const Work> works);

  // The step that begins to leave the array after those so far; null: there is none. Stays until
  // twice as many steps have begun as the array can hold.
  const Step* begin_step();
  // The result makes an output of the layer.
  bool wanted(const Step& step, int row, int col) const { return index(step, row, col) >= 0; }
  Written write(const Step& step, int row, int col, int64_t value);
  RowWritten write_row(const Step& step, int row, const Row& results);

  int64_t missing() const { return missing_; }
  // Per work: the outputs, where they are kept, and how often each came.
  std::vector<std::vector<int64_t>> take_outputs() { return std::move(outputs_); }
  std::vector<std::vector<uint8_t>> take_made() { return std::move(made_); }
  // Per work, where outputs are expected. One of a whole layer that never came counts as 0. Before
  // the others are taken.
  std::vector<std::vector<Difference>> take_differences();

 private:
  int64_t index(const Step& step, int row, int col) const;
  size_t work_of(const Step& step) const { return step.order.work - works_.data(); }
  bool differs(int64_t expected, int64_t value) const {
    return (static_cast<uint64_t>(expected) ^ static_cast<uint64_t>(value)) << spare_ != 0;
  }
  void find_results(Step& step) const;
  std::span<const ResultRun> runs_of(const Step& step, int row);
  template <class Value>
  void write_run(size_t work, const ResultRun& run, const Value& value);
  template <class Value>
  void look_closer(size_t work, const ResultRun& run, const Value& value);

  const ArrayConfig& config_;
  std::span<const Work> works_;
  Orders order_;
  const int width_, spare_;  // of a result, and what 64 bits have more
  std::vector<Step> begun_;  // ring, by number
  std::vector<std::vector<int64_t>> outputs_;
  std::vector<std::vector<uint8_t>> made_;
  std::vector<std::vector<Difference>> differences_;
  std::vector<ResultRun> runs_;  // of the row in hand
  std::vector<int> again_;
  int order_step_ = 0;
  int64_t next_ = 0, missing_ = 0;
};

}  // namespace rowcast
