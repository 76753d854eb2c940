// Pages that need nothing else: a style, text and figures.
#pragma once

#include <string>
#include <string_view>

namespace rowcast {

// A text as a page, or an SVG element, shows it literally.
std::string html_text(std::string_view text);

std::string html_page(const std::string& title, const std::string& body);

// Empty for an empty picture.
std::string html_figure(const std::string& svg, const std::string& caption);

}  // namespace rowcast
