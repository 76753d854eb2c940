#include "sim/formats/csv.h"

#include <algorithm>

#include "generator/error.h"

namespace rowcast {
namespace {

constexpr std::string_view kNoBreakSpace = "\xc2\xa0";

// Bytes of the blank that the text begins with, or ends with; 0 if there is none.
size_t blank_first(std::string_view text) {
  if (text.starts_with(' ') || text.starts_with('\t')) return 1;
  return text.starts_with(kNoBreakSpace) ? kNoBreakSpace.size() : 0;
}
size_t blank_last(std::string_view text) {
  if (text.ends_with(' ') || text.ends_with('\t')) return 1;
  return text.ends_with(kNoBreakSpace) ? kNoBreakSpace.size() : 0;
}

std::string csv_cell(const std::string& text) {
  // '#' begins a comment in some readers, ours of topologies among them.
  if (text.find_first_of(",\"\r\n") == std::string::npos && blank_first(text) == 0 &&
      blank_last(text) == 0 && !text.starts_with('#'))
    return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + '"';
}

}  // namespace

std::string csv_record(const std::vector<std::string>& cells) {
  std::string record;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) record += ',';
    record += csv_cell(cell);
  }
  return record + '\n';
}

CsvReader::CsvReader(std::string_view text, std::string file)
    : text_(text), file_(std::move(file)) {
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);  // byte order mark
  constexpr std::string_view kSeparators = ",;\t";
  const size_t first = std::min(text_.find_first_not_of(" ,;\t\r\n"), text_.size());
  const std::string_view record = text_.substr(first, text_.find_first_of("\r\n", first) - first);
  const auto used = std::ranges::find_if(
      kSeparators, [&](char c) { return record.find(c) != std::string_view::npos; });
  if (used != kSeparators.end()) separator_ = *used;
}

bool CsvReader::next() {
  while (at_ < text_.size()) {
    read_record();
    if (std::ranges::any_of(cells_,
                            [](const CsvCell& cell) { return cell.quoted || !cell.text.empty(); }))
      return true;
  }
  return false;
}

void CsvReader::read_record() {
  constexpr size_t kMaxCells = 1000;
  cells_.clear();
  line_ = next_line_;
  for (;;) {
    if (cells_.size() == kMaxCells)
      fail(fmt::format("there are more, allowed are up to {} in a row", kMaxCells));
    cells_.push_back(read_cell());
    if (at_ == text_.size()) return;
    const char end = text_[at_++];
    if (end == separator_) continue;
    if (end == '\r' && text_.substr(at_).starts_with('\n')) ++at_;
    ++next_line_;
    return;
  }
}

CsvCell CsvReader::read_cell() {
  while (at_ < text_.size() && text_[at_] != separator_) {
    const size_t blank = blank_first(text_.substr(at_));
    if (blank == 0) break;
    at_ += blank;
  }
  const char ends[] = {separator_, '\r', '\n'};
  const auto rest = [&] {
    std::string_view cell = text_.substr(at_);
    cell = cell.substr(0, cell.find_first_of(std::string_view(ends, std::size(ends))));
    at_ += cell.size();
    for (size_t blank; (blank = blank_last(cell)) != 0;) cell.remove_suffix(blank);
    return cell;
  };
  if (!text_.substr(at_).starts_with('"')) {
    const std::string_view cell = rest();
    if (cell.find('"') != std::string_view::npos)
      fail("has a quote inside, allowed are quotes around a cell and doubled ones between them");
    return {std::string(cell), false};
  }
  CsvCell cell{{}, true};
  for (++at_;; ++at_) {
    if (at_ == text_.size())
      fail("has no closing quote, allowed are quotes around a cell and doubled ones between them");
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      if (!text_.substr(at_).starts_with('"')) break;
    }
    if (c == '\n' || (c == '\r' && !text_.substr(at_ + 1).starts_with('\n'))) ++next_line_;
    cell.text += c;
  }
  if (!rest().empty())
    fail("goes on behind its closing quote, allowed is a separator or the line's end");
  return cell;
}

void CsvReader::fail(std::string_view what) const {
  throw InputError(fmt::format("{}:{}: cell {}: {}", file_, line_, cells_.size() + 1, what));
}

}  // namespace rowcast
