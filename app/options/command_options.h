// A command's options, and the rules that hold for all of them.
//
// An option takes one text and is given at most once. It says in --help what stands for it where it
// is absent, and declares beside which others it says something. check() refuses what breaks this.
#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "app/options/numbers.h"

namespace rowcast {

class CommandOptions;

// Why an option says nothing, and what is allowed instead; empty where it says something.
using Condition = std::function<std::string(const CommandOptions&)>;
// The other option is given.
Condition with(std::string other);
// The other option, given or not, is one of these.
Condition with(std::string other, std::vector<std::string> values);
// The other option is not given.
Condition without(std::string other);

inline constexpr const char* kOff = "off";  // nothing is done where the option is absent

class CommandOptions {
 public:
  class Option {
   public:
    Option& required();
    // Says nothing unless the condition holds; several must all hold.
    Option& only(Condition condition);
    // Allowed are these texts, which --help lists.
    Option& one_of(std::vector<std::string> texts);

    const std::string& name() const { return name_; }
    const std::string& help() const { return help_; }
    bool is_flag() const { return flag_; }
    // What a number's text may be, "1 to 1000"; empty for other options.
    const std::string& range() const { return range_; }
    // The only texts that are allowed; empty: others decide.
    const std::vector<std::string>& texts() const { return texts_; }
    bool given() const { return cli_->count() > 0; }

   private:
    friend class CommandOptions;
    void describe();

    CLI::Option* cli_ = nullptr;
    std::string name_, help_, range_, absent_;
    bool flag_ = false, required_ = false;
    std::vector<std::string> texts_;
    std::vector<Condition> conditions_;
    std::function<std::string(const std::string&)> read_;  // takes the text; what is wrong with it
  };

  explicit CommandOptions(CLI::App& app) : app_(&app) {}

  // `names` are CLI11's: "--json", "-o,--output", "network" for a positional one. `text` as it
  // stands is the default, unless `absent` says it in words.
  Option& option(const std::string& names, std::string& text, std::string help,
                 std::string absent = "");
  Option& flag(const std::string& names, bool& on, std::string help);
  // From `min` to `max`, both allowed; `value` as it stands is the default.
  template <class Number>
  Option& number(const std::string& names, Number& value, std::type_identity_t<Number> min,
                 std::type_identity_t<Number> max, std::string help, std::string absent = "") {
    return add_number(names, std::move(help), number_range(min, max),
                      absent.empty() ? number_text(value) : std::move(absent),
                      [name = long_name(names), &value, min, max](const std::string& text) {
                        return read_number(name, text, min, max, value);
                      });
  }

  // The last of the names, as messages say it.
  static std::string long_name(const std::string& names);

  const std::string& name() const { return app_->get_name(); }
  bool chosen() const { return app_->parsed(); }
  const std::deque<Option>& options() const { return options_; }
  Option& at(std::string_view name);
  const Option& at(std::string_view name) const;
  // What was given, or what stands for it.
  std::string text(std::string_view name) const;

  // Throws InputError with all problems.
  void check() const;

 private:
  Option& add(const std::string& names, CLI::Option* cli, std::string help, std::string absent);
  Option& add_number(const std::string& names, std::string help, std::string range,
                     std::string absent, std::function<std::string(const std::string&)> read);

  CLI::App* app_;
  std::deque<Option> options_;      // a deque: options are referred to
  std::deque<std::string> unread_;  // the texts of numbers
};

}  // namespace rowcast
