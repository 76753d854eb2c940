#include "app/commands/command_line.h"
#include "generator/ending.h"

int main(int argc, char** argv) {
  rowcast::prepare_for_endings();
  return rowcast::run_command_line(argc, argv);
}
