#include "app/pages/html_page.h"

#include <fmt/format.h>

namespace rowcast {

std::string html_text(std::string_view text) {
  std::string html;
  for (const char c : text) switch (c) {
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '&':
        html += "&amp;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        // Neither HTML nor XML has other control characters.
        html += static_cast<unsigned char>(c) < ' ' && c != '\n' ? ' ' : c;
    }
  return html;
}

std::string html_page(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n<style>"
      "body{{font:15px/1.5 sans-serif;max-width:1060px;margin:2em auto;padding:0 1em;color:#222}}"
      "table{{border-collapse:collapse;font-size:13px}}td,th{{padding:2px "
      "8px;text-align:right;border-bottom:1px solid #ddd}}"
      "td:nth-child(-n+3),th:nth-child(-n+3){{text-align:left}}svg{{max-width:100%;height:auto}}"
      "figure{{margin:2em 0}}"
      "figcaption{{color:#555;font-size:14px}}</style></head><body>\n{}\n</body></html>\n",
      title, body);
}

std::string html_figure(const std::string& svg, const std::string& caption) {
  return svg.empty()
             ? ""
             : fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", svg, caption);
}

}  // namespace rowcast
