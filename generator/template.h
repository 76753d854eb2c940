// The templates' few marks. A template is plain, lintable Verilog (or Markdown) as it stands; marks
// say only what Verilog can not: ports and logic that are there or not, and default values.
//
//     //%if NAME / //%else / //%end     keep one of two blocks of lines; blocks nest.
//                                       Lines of an else block are written behind "//%".
//     /*%NAME*/default                  the value in place of the word or number that follows
//     {%NAME%}                          the value, for text that is not Verilog
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rowcast {

struct TemplateValues {
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, bool, std::less<>> conditions;
};

// The template with its marks carried out. Throws std::logic_error, naming template and line, for
// an unknown name or an unbalanced block: templates are part of the program.
std::string render(std::string_view name, std::string_view text, const TemplateValues& values);

}  // namespace rowcast
