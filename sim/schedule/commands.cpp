#include "sim/schedule/commands.h"

#include <algorithm>
#include <utility>

namespace rowcast {

int64_t Section::steps_of_repeat() const {
  int64_t steps = 0;
  for (const StepRun& run : runs) steps += run.steps;
  return steps;
}

Commands::Commands(const ArrayConfig& config, std::vector<Section> sections)
    : sections_(std::move(sections)), largest_((int64_t{1} << config.tag_width) - 1) {}

int64_t Commands::steps() const {
  int64_t steps = 0;
  for (const Section& section : sections_) steps += section.repeats * section.steps_of_repeat();
  return steps;
}

Commands Commands::beginning(int64_t steps) const {
  Commands cut;
  cut.largest_ = largest_;
  for (const Section& section : sections_) {
    const int64_t whole = std::min(section.repeats, steps / section.steps_of_repeat());
    if (whole > 0) {
      cut.sections_.push_back(section);
      cut.sections_.back().repeats = whole;
      steps -= whole * section.steps_of_repeat();
    }
    if (whole == section.repeats) continue;
    Section part{.runs = {}, .first_repeat = section.first_repeat + whole};
    for (StepRun run : section.runs) {
      run.steps = std::min(run.steps, steps);
      steps -= run.steps;
      if (run.steps > 0) part.runs.push_back(run);
    }
    if (!part.runs.empty()) cut.sections_.push_back(std::move(part));
    break;
  }
  return cut;
}

void Commands::Iterator::load() {
  if (section_ == commands_->sections_.size()) return;
  const Section& section = commands_->sections_[section_];
  const StepRun& run = section.runs[run_];
  if (done_ == 0) {
    command_ = run.step;
    command_.repeat = section.first_repeat + repeat_;
  }
  command_.first_step = done_;
  command_.count = static_cast<int>(std::min(run.steps - done_, commands_->largest_));
}

Commands::Iterator& Commands::Iterator::operator++() {
  const Section& section = commands_->sections_[section_];
  done_ += command_.count;
  if (done_ == section.runs[run_].steps) {
    done_ = 0;
    if (++run_ == section.runs.size()) {
      run_ = 0;
      if (++repeat_ == section.repeats) {
        repeat_ = 0;
        ++section_;
      }
    }
  }
  load();
  return *this;
}

}  // namespace rowcast
