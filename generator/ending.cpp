#include "generator/ending.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

namespace rowcast {
namespace {

// Never destroyed: the waiting thread may use it while statics go.
struct Endings {
  std::mutex mutex;
  std::list<std::function<void()>> works;  // the youngest first
};
Endings& endings() {
  static auto* all = new Endings;
  return *all;
}

// How the program ends: with a text and a code, or without a text as the signal has it.
struct Decision {
  int code = 0, signal = 0;
  const char* text = nullptr;
};
std::atomic<const Decision*> decided = nullptr;  // set once, by a thread that does not go on
std::atomic<bool> waiting = false;               // the thread that carries out is there

// The first decision counts; true if it is this one.
bool decides(const Decision& own) {
  const Decision* none = nullptr;
  return decided.compare_exchange_strong(none, &own);
}

void put(const char* text) {
  for (size_t rest = std::strlen(text); rest > 0;) {
    const ssize_t written = ::write(STDERR_FILENO, text, rest);
    if (written <= 0) return;
    text += written;
    rest -= static_cast<size_t>(written);
  }
}

// Keeps the mutex: who would add or take away an ending waits for the end.
[[noreturn]] void finish(const Decision& last) {
  endings().mutex.lock();
  for (const auto& work : endings().works) work();
  if (last.text) {
    put(last.text);
    ::_exit(last.code);
  }
  ::signal(last.signal, SIG_DFL);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, last.signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(last.signal);
  ::_exit(128 + last.signal);
}

// Safe in a handler.
[[noreturn]] void decide(const Decision& own) {
  if (decides(own)) {
    if (!waiting) finish(own);
    ::kill(::getpid(), SIGTERM);  // wakes the waiting thread
  }
  for (;;) ::pause();
}

void broken_pipe(int signal) { decide({.signal = signal}); }

void crashed(int signal) {
  if (const Blame* blame = Blame::of(signal))
    decide({.code = blame->code(), .text = blame->text()});
  ::signal(signal, SIG_DFL);  // returns to the same fault
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_ONSTACK;
  ::sigaction(signal, &action, nullptr);
}

bool has(int signal, void (*handler)(int)) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == handler;
}

}  // namespace

void prepare_for_endings() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  // Those that are ignored, as by nohup, stay so.
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT})
    if (!has(signal, SIG_IGN)) ::sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (!has(SIGPIPE, SIG_IGN)) handle(SIGPIPE, broken_pipe);
  ::signal(SIGXFSZ, SIG_IGN);  // the write fails instead
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    if (has(signal, SIG_DFL)) handle(signal, crashed);  // a sanitizer has its own
  std::thread([set] {
    int signal = SIGTERM;
    while (::sigwait(&set, &signal) != 0) {
    }
    const Decision own{.signal = signal};
    decides(own);
    finish(*decided);
  }).detach();
  waiting = true;
}

Ending::Ending(std::function<void()> work) {
  const std::lock_guard lock(endings().mutex);
  endings().works.push_front(std::move(work));
  at_ = endings().works.begin();
}

Ending::~Ending() {
  const std::lock_guard lock(endings().mutex);
  endings().works.erase(at_);
}

void end_program(int code, const char* text) { decide({.code = code, .text = text}); }

SignalStack::SignalStack() : memory_(64 * 1024) {
  const stack_t stack{.ss_sp = memory_.data(), .ss_flags = 0, .ss_size = memory_.size()};
  ::sigaltstack(&stack, nullptr);
}

SignalStack::~SignalStack() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

}  // namespace rowcast
