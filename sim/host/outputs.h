// From results of steps to outputs of layers; for any host that knows a result's step, row and
// column.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/schedule/beats.h"

namespace rowcast {

class OutputWriter {
 public:
  // A step of which results have come.
  struct Step {
    const Order* order = nullptr;
    int64_t number = 0;  // over all orders
    int order_step = 0;
    Tile tile{};  // OS
    bool stream() const { return order->command->stream; }
  };
  enum class Written { kUnwanted, kFirst, kAgain };

  // The orders are those of the works; both outlive the writer.
  OutputWriter(const ArrayConfig& config, std::span<const Work> works,
               std::span<const Order> orders);

  // The step that begins to leave the array after those so far; null: there is none. Stays until
  // twice as many steps have begun as the array can hold.
  const Step* begin_step();
  // The result makes an output of the layer.
  bool wanted(const Step& step, int row, int col) const { return index(step, row, col) >= 0; }
  Written write(const Step& step, int row, int col, int64_t value);

  int64_t missing() const { return missing_; }
  // Per work: the outputs, and which of them came.
  std::vector<std::vector<int64_t>> take_outputs() { return std::move(outputs_); }
  std::vector<std::vector<bool>> take_made() { return std::move(made_); }

 private:
  int64_t index(const Step& step, int row, int col) const;

  const ArrayConfig& config_;
  std::span<const Work> works_;
  std::span<const Order> orders_;
  std::vector<Step> begun_;  // ring, by number
  std::vector<std::vector<int64_t>> outputs_;
  std::vector<std::vector<bool>> made_;
  size_t order_ = 0;
  int order_step_ = 0;
  int64_t next_ = 0, missing_ = 0;
};

}  // namespace rowcast
