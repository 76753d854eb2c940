#include "sim/system/timing.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <stdexcept>

#include "generator/config.h"

namespace rowcast::accelerator {
namespace {

// rc_read's clients.
enum Client { kMoveFetch, kLoadFetch, kStoreFetch, kLoadData, kClients };
constexpr int kMostBeats = 32;    // of a burst, which ends at a multiple of them
constexpr int kOutstanding = 8;   // read bursts
constexpr int kReadAhead = 4;     // lines that a STORE reads ahead
constexpr int kBlockBytes = 128;  // of a fetch

// rc_fetch: instructions of a list.
struct Fetch {
  int64_t left = 0;  // not taken
  int per_block = 1, held = 0;
  bool asks = false, waits = false;

  explicit Fetch(size_t count, int block)
      : left(static_cast<int64_t>(count)), per_block(block), asks(count > 0) {}
  bool valid() const { return held > 0 && left > 0; }
  bool ended() const { return left == 0; }
  void edge(bool granted, bool last_beat, bool take) {
    asks = (asks && !granted) || (take && held == 1 && left > 1);
    if (waits && last_beat)
      held = per_block;
    else if (take)
      --held;
    waits = granted || (waits && !last_beat);
    if (take) --left;
  }
};

// rc_bursts: a run of lines as bursts.
struct Bursts {
  int64_t beat = 0, left = 0;
  void start(int64_t first_line, int64_t lines, int lines_of_beat, int beats_of_line) {
    beat = first_line / lines_of_beat * beats_of_line;
    left = (first_line + lines + lines_of_beat - 1) / lines_of_beat * beats_of_line - beat;
  }
  int64_t beats() const { return std::min(kMostBeats - beat % kMostBeats, left); }
  bool last() const { return left == beats(); }
  void grant() {
    const int64_t taken = beats();
    beat += taken;
    left -= taken;
  }
};

class Play {
 public:
  Play(const Instructions& program, const SystemConfig& config, const FixedMemory& memory)
      : program_(program),
        memory_(memory),
        timeline_(config.accelerator),
        lines_of_beat_(std::max(1, config.beat_bytes() / config.line_bytes())),
        beats_of_line_(std::max(1, config.line_bytes() / config.beat_bytes())),
        line_bytes_(config.line_bytes()),
        word_bytes_(config.word_bytes()),
        block_beats_(kBlockBytes / config.beat_bytes()),
        fetches_{Fetch(program.moves.size(), 1), Fetch(program.loads.size(), 4),
                 Fetch(program.stores.size(), 4)} {
    const ArrayConfig& array = config.accelerator.array;
    // One cycle of checks; the array is washed, and seen to be.
    before_ = 1 + 2 * (edge_latency(array) + array.mac_stages) + 5 * config.lanes() - 1 + 1;
  }

  SystemTimes all() {
    while (step()) {
    }
    times_.counted.cycles = before_ + cycle_;
    return std::move(times_);
  }

 private:
  struct Burst {
    int client;
    int64_t beats, ready;
  };
  enum State { kIdle, kCount, kCheck, kAsk, kData, kEnd };

  bool busy(const std::vector<Cycles>& uses, size_t& first) const {
    // Uses come in the order of steps: those that are over stay over, but for a long one's.
    while (first < uses.size() && uses[first].last < cycle_) ++first;
    for (size_t i = first; i < uses.size() && uses[i].first <= cycle_; ++i)
      if (uses[i].have(cycle_)) return true;
    return false;
  }
  bool feeds(std::deque<Cycles>& feeds) const {
    while (!feeds.empty() && feeds.front().last < cycle_) feeds.pop_front();
    return !feeds.empty() && feeds.front().first <= cycle_;
  }

  // One cycle; false if the program ends with it.
  bool step() {
    // ------------------------------------------------------------ what the registers say
    const LoadInstruction* load =
        fetches_[kLoadFetch].valid() ? &program_.loads[loads_taken_] : nullptr;
    const MoveInstruction* move =
        fetches_[kMoveFetch].valid() ? &program_.moves[moves_taken_] : nullptr;
    const StoreInstruction* store =
        fetches_[kStoreFetch].valid() ? &program_.stores[stores_taken_] : nullptr;
    const bool load_may = load && moves_ >= load->moves && stores_ >= load->stores;
    const bool move_may = move && loads_ >= move->loads && stores_ >= move->stores;
    const bool store_may = store && moves_ >= store->moves && loads_ >= store->loads;

    const bool load_active = load_state_ != kIdle || queued_ > 0;
    const bool move_active = moves_ != moves_taken_;
    const bool store_active = store_state_ != kIdle;

    const bool load_take = load_may && load_state_ == kIdle && queued_ < 2;
    const bool store_take = store_may && store_state_ == kIdle;
    bool move_take = false;
    if (move_may) {
      if (!offered_) {
        offered_ = true;
        times_.moves.push_back(timeline_.add(move->move, cycle_, &ports_));
        const MoveCycles& when = times_.moves.back();
        if (move->move.rows.from == Memory::kA) a_fed_.push_back({when.start, when.last_beat});
        if (move->move.columns.from == Memory::kB) b_fed_.push_back({when.start, when.last_beat});
      }
      move_take = times_.moves.back().taken == cycle_;
    }
    const bool move_done = done_ < times_.moves.size() && times_.moves[done_].done == cycle_;

    // Reads of DRAM.
    const bool read_beat = !bursts_.empty() && std::max(bursts_.front().ready, next_read_) <= cycle_ &&
                           (bursts_.front().client != kLoadData || !full_[fill_]);
    const int reader = read_beat ? bursts_.front().client : kClients;
    const bool last_beat = read_beat && bursts_.front().beats == 1;
    const bool asks[kClients] = {fetches_[0].asks, fetches_[1].asks, fetches_[2].asks,
                                 load_state_ == kAsk};
    int granted = kClients;
    if (outstanding_ < kOutstanding)
      granted = static_cast<int>(std::ranges::find(asks, true) - std::begin(asks));

    // A LOAD's words.
    const bool load_port = !port_load_ || *port_load_ == 2 ||
                           !(*port_load_ == 0 ? busy(ports_.a_written, a_written_first_)
                                              : busy(ports_.b_written, b_written_first_));
    const bool to_lines = to_ <= 2;
    const bool item = come_ == kRun && full_[show_] && (!to_lines || load_port);
    const bool last_item = left_ == 1;
    const int items_of_line = to_lines             ? 1
                              : to_ == kLoadTables ? line_bytes_ / word_bytes_
                                                   : line_bytes_ / 8;
    const bool line_take = item && (at_item_ == items_of_line - 1 || last_item);
    const bool load_finished = come_ == kFinish && (!to_lines || load_port);
    const bool load_begins = load_state_ == kCheck;
    const bool next_comes = next_ && come_ == kNone;
    const bool load_moving = (come_ == kRun && full_[show_]) || come_ == kFinish;

    // A STORE's.
    const bool reads_now =
        port_read_ && (*port_read_ == 0 ? !feeds(a_fed_) && !busy(ports_.a_added, a_added_first_)
                                        : !feeds(b_fed_));
    const bool read_port = !port_read_ || reads_now;
    const bool store_read = reading_ && room_ > 0 && read_port;
    const bool address = store_state_ == kAsk && beat_valid_;
    const bool w_take = store_state_ == kData && beat_valid_ && next_write_ <= cycle_;
    const bool burst_end = w_take && burst_left_ == 1;
    const bool response = !responses_.empty() && responses_.front() == cycle_;
    const bool forms = held_ > 0 && (!beat_valid_ || w_take);
    const bool last_line = store_lines_ == 1;
    const bool pop = forms && (lines_of_beat_ > 1 || part_ == beats_of_line_ - 1);
    const bool whole = lines_of_beat_ == 1 || store_at_ == lines_of_beat_ - 1 || last_line;
    const bool store_finished = store_state_ == kEnd && to_respond_ == 0;
    const bool store_begins = store_state_ == kCheck;
    const bool store_moving = store_state_ != kEnd && (store_state_ != kData || !beat_valid_ || w_take);

    // ------------------------------------------------------------ counters
    SystemCycles& counted = times_.counted;
    const auto count = [](UnitCycles& unit, bool active, bool moving, const Fetch& fetch, bool held,
                          bool may) {
      if (active)
        ++(moving ? unit.busy : unit.memory);
      else if (!fetch.ended())
        ++(!held ? unit.memory : may ? unit.busy : unit.token);
    };
    count(counted.load, load_active, load_moving, fetches_[kLoadFetch], load, load_may);
    count(counted.move, move_active, true, fetches_[kMoveFetch], move, move_may);
    count(counted.store, store_active, store_moving, fetches_[kStoreFetch], store, store_may);
    if (read_beat) ++(reader == kLoadData ? counted.beats_loaded : counted.beats_fetched);
    if (w_take) ++counted.beats_stored;

    const bool all_ended = fetches_[0].ended() && fetches_[1].ended() && fetches_[2].ended() &&
                           !load_active && !move_active && !store_active;
    const auto waits = [](bool active, const Fetch& fetch, bool held, bool may) {
      return !active && (fetch.ended() || (held && !may));
    };
    if (!all_ended && waits(load_active, fetches_[kLoadFetch], load, load_may) &&
        waits(move_active, fetches_[kMoveFetch], move, move_may) &&
        waits(store_active, fetches_[kStoreFetch], store, store_may))
      throw std::logic_error("a program of which no unit can go on");

    // ------------------------------------------------------------ the edge
    if (read_beat) next_read_ = cycle_ + memory_.beat_cycles;
    if (w_take) next_write_ = cycle_ + memory_.beat_cycles;
    for (int f = 0; f < kLoadData; ++f)
      fetches_[f].edge(granted == f, last_beat && reader == f,
                       f == kLoadFetch   ? load_take
                       : f == kMoveFetch ? move_take
                                         : store_take);
    if (read_beat && --bursts_.front().beats == 0) {
      bursts_.pop_front();
      --outstanding_;
    }
    // Granted now, on the bus in the next cycle.
    if (granted < kClients) {
      ++outstanding_;
      bursts_.push_back({granted, granted == kLoadData ? asked_.beats() : block_beats_,
                         cycle_ + 1 + memory_.read_latency});
    }

    const bool asked_all = granted == kLoadData && asked_.last();
    if (granted == kLoadData) asked_.grant();
    switch (load_state_) {
      case kIdle:
        if (load_take) {
          taken_ = *load;
          load_state_ = kCount;
        }
        break;
      case kCount:
        load_state_ = kCheck;
        break;
      case kCheck:
        asked_.start(taken_.offset / line_bytes_, lines_of(taken_), lines_of_beat_, beats_of_line_);
        load_state_ = kAsk;
        break;
      default:
        if (asked_all) load_state_ = kIdle;
    }
    queued_ += load_begins - load_finished;

    // The gather: two beats or lines.
    if (read_beat && reader == kLoadData) {
      part_in_ = (part_in_ + 1) % beats_of_line_;
      if (part_in_ == 0) {
        full_[fill_] = true;
        fill_ = !fill_;
      }
    }
    if (line_take && (last_item || at_line_ == lines_of_beat_ - 1)) {
      full_[show_] = false;
      show_ = !show_;
    }
    if (line_take) at_line_ = (at_line_ + 1) % lines_of_beat_;

    if (load_port) port_load_.reset();
    if (item && to_lines) port_load_ = to_;
    switch (come_) {
      case kNone:
        if (next_comes) {
          come_ = kRun;
          to_ = static_cast<int>(next_->memory);
          left_ = next_->count;
          at_line_ = static_cast<int>(next_->offset / line_bytes_ % lines_of_beat_);
          at_item_ = 0;
          next_.reset();
        }
        break;
      case kRun:
        if (item) {
          at_item_ = line_take ? 0 : at_item_ + 1;
          --left_;
          if (last_item) come_ = kFinish;
        }
        break;
      case kFinish:
        if (load_finished) come_ = kNone;
    }
    if (load_begins) next_ = taken_;

    // A STORE's lines and beats.
    const bool read_arrives = read_done_;
    read_done_ = reads_now;
    if (read_port) port_read_.reset();
    if (store_read) port_read_ = static_cast<int>(stored_.memory);
    if (store_begins) {
      store_asked_.start(stored_.offset / line_bytes_, stored_.count, lines_of_beat_,
                         beats_of_line_);
      store_at_ = static_cast<int>(stored_.offset / line_bytes_ % lines_of_beat_);
      store_reads_ = store_lines_ = stored_.count;
      reading_ = true;
      room_ = kReadAhead;
      held_ = part_ = 0;
      beat_valid_ = false;
    } else {
      if (store_read && --store_reads_ == 0) reading_ = false;
      room_ += pop - store_read;
      held_ += read_arrives - pop;
      if (!beat_valid_ || w_take) beat_valid_ = forms && whole;
      if (forms && lines_of_beat_ == 1) part_ = pop ? 0 : part_ + 1;
      if (forms && lines_of_beat_ > 1) store_at_ = (store_at_ + 1) % lines_of_beat_;
      if (pop) --store_lines_;
    }
    if (response) responses_.pop_front();
    if (burst_end) responses_.push_back(cycle_ + memory_.write_latency);
    to_respond_ += burst_end - response;
    switch (store_state_) {
      case kIdle:
        if (store_take) {
          stored_ = *store;
          store_state_ = kCount;
        }
        break;
      case kCount:
        store_state_ = kCheck;
        break;
      case kCheck:
        store_state_ = kAsk;
        break;
      case kAsk:
        if (address) {
          burst_left_ = store_asked_.beats();
          last_burst_ = store_asked_.last();
          store_asked_.grant();
          store_state_ = kData;
        }
        break;
      case kData:
        if (w_take) --burst_left_;
        if (burst_end) store_state_ = last_burst_ ? kEnd : kAsk;
        break;
      case kEnd:
        if (to_respond_ == 0 && store_finished) store_state_ = kIdle;
    }

    if (move_take) offered_ = false;
    loads_taken_ += load_take;
    moves_taken_ += move_take;
    stores_taken_ += store_take;
    loads_ += load_finished;
    moves_ += move_done;
    done_ += move_done;
    stores_ += store_finished;
    ++cycle_;
    return !all_ended;
  }

  int64_t lines_of(const LoadInstruction& load) const {
    if (load.memory <= 2) return load.count;
    const int64_t items = load.memory == kLoadTables ? line_bytes_ / word_bytes_ : line_bytes_ / 8;
    return (load.count + items - 1) / items;
  }

  const Instructions& program_;
  const FixedMemory memory_;
  Timeline timeline_;
  PortUse ports_;
  const int lines_of_beat_, beats_of_line_, line_bytes_, word_bytes_, block_beats_;
  int64_t before_ = 0, cycle_ = 0;
  SystemTimes times_;
  Fetch fetches_[3];

  // Finished, and taken.
  size_t loads_ = 0, moves_ = 0, stores_ = 0, loads_taken_ = 0, moves_taken_ = 0, stores_taken_ = 0;
  size_t done_ = 0;
  bool offered_ = false;  // the move that waits to be taken
  size_t a_written_first_ = 0, b_written_first_ = 0, a_added_first_ = 0;
  std::deque<Cycles> a_fed_, b_fed_;

  std::deque<Burst> bursts_;  // granted
  int outstanding_ = 0;
  int64_t next_read_ = 0, next_write_ = 0;

  State load_state_ = kIdle;
  LoadInstruction taken_{};
  Bursts asked_;
  int queued_ = 0;
  std::optional<LoadInstruction> next_;
  enum { kNone, kRun, kFinish } come_ = kNone;
  int to_ = 0;
  int64_t left_ = 0;
  int at_line_ = 0, at_item_ = 0, part_in_ = 0;
  bool full_[2] = {};
  int fill_ = 0, show_ = 0;
  std::optional<int> port_load_;  // the memory of a line that waits at rc_accelerator's port

  State store_state_ = kIdle;
  StoreInstruction stored_{};
  Bursts store_asked_;
  int64_t store_reads_ = 0, store_lines_ = 0, burst_left_ = 0;
  bool reading_ = false, last_burst_ = false, beat_valid_ = false, read_done_ = false;
  int room_ = 0, held_ = 0, part_ = 0, store_at_ = 0, to_respond_ = 0;
  std::optional<int> port_read_;
  std::deque<int64_t> responses_;
};

}  // namespace

SystemTimes times_of(const Instructions& program, const SystemConfig& config,
                     const FixedMemory& memory) {
  return Play(program, config, memory).all();
}

}  // namespace rowcast::accelerator
