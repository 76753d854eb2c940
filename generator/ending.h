// How the program ends before its time: by a signal, or where a thread can not go on.
//
// What must not outlive it, such as temporary folders and child processes, is an Ending. All of
// them are carried out, the youngest first, before a signal takes its course.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <list>
#include <vector>

namespace rowcast {

// For main to call before there is another thread: from here on the signals that end programs
// (hang-up, interrupt, quit, termination, broken pipe) wait for the endings, and crashes for whom
// is to blame. Opens standard streams that are closed, so that no file of the program's becomes
// one.
void prepare_for_endings();

// Carried out if the program ends within its scope; not at the end of the scope itself.
class Ending {
 public:
  explicit Ending(std::function<void()> work);
  ~Ending();  // does not return if the program is ending
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

 private:
  std::list<std::function<void()>>::iterator at_;
};

// Ends the program from any thread, and from a signal's handler: endings, the text on stderr, the
// exit code.
[[noreturn]] void end_program(int code, const char* text);

// While it lives, these signals of this thread's are not the program's fault: it ends with the text
// and the code. The innermost counts. Costs a few instructions: every clock edge has one.
class Blame {
 public:
  Blame(std::initializer_list<int> signals, int code, const char* text) noexcept
      : code_(code), text_(text), outer_(innermost_) {
    for (const int signal : signals) signals_ |= uint64_t{1} << signal;
    innermost_ = this;
  }
  ~Blame() { innermost_ = outer_; }
  Blame(const Blame&) = delete;
  Blame& operator=(const Blame&) = delete;
  // Of the calling thread; null if there is none for the signal.
  static const Blame* of(int signal) noexcept {
    const Blame* blame = innermost_;
    while (blame && !(blame->signals_ >> signal & 1)) blame = blame->outer_;
    return blame;
  }

  int code() const { return code_; }
  const char* text() const { return text_; }

 private:
  inline static constinit thread_local const Blame* innermost_ = nullptr;

  uint64_t signals_ = 0;  // bit n: signal n
  int code_;
  const char* text_;
  const Blame* outer_;
};

// A stack of its own for the handlers of a thread's signals, so that a stack overflow has one.
class SignalStack {
 public:
  SignalStack();
  ~SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  std::vector<std::byte> memory_;
};

}  // namespace rowcast
