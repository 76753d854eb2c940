// Texts of outside hands, made safe to print: names in files, paths, what messages quote.
#pragma once

#include <string>
#include <string_view>

namespace rowcast {

// UTF-8 without control characters: the same on every terminal and in every kind of file.
bool is_printable(std::string_view text);

// The text, every byte of what is not printable as \xNN.
std::string printable(std::string_view text);

// For messages: printable, in single quotes, cut off when longer than a line of text bears.
std::string in_quotes(std::string_view text);

}  // namespace rowcast
