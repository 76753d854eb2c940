// CSV as RFC 4180 has it: the one reader of records and the one writer.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

// A record of these cells, each anything that fmt prints, with the line's end. A cell is quoted
// where CsvReader would otherwise read something else.
std::string csv_record(const std::vector<std::string>& cells);
template <class... Cells>
std::string csv_row(const Cells&... cells) {
  return csv_record({fmt::format("{}", cells)...});
}

struct CsvCell {
  std::string text;     // without quotes; if there were none, without blanks around it
  bool quoted = false;  // quotes stood around it
};

// The records of a text one by one, those without anything in them left out. Blanks are spaces,
// tabs and no-break spaces; lines end as on any system. Cells are separated by commas, by
// semicolons if the first record has no comma, or by tabs if it has neither.
class CsvReader {
 public:
  // `file` is how messages call it. The text must outlive the reader.
  CsvReader(std::string_view text, std::string file);

  // Goes to the next record; false behind the last one. Throws InputError as "FILE:LINE: cell N:
  // what is wrong, allowed": a quote inside a cell, one that is not closed, too many cells.
  bool next();
  const std::vector<CsvCell>& cells() const { return cells_; }
  int line() const { return line_; }  // of the record's beginning, from 1

 private:
  void read_record();
  CsvCell read_cell();
  [[noreturn]] void fail(std::string_view what) const;

  std::string_view text_;
  std::string file_;
  char separator_ = ',';
  size_t at_ = 0;
  int line_ = 0, next_line_ = 1;
  std::vector<CsvCell> cells_;
};

}  // namespace rowcast
