// rc_move_check: legal moves, and moves of which some fields are at, or just beyond, what is allowed, or
// anything: the code is that of the first rule that is broken, and the number of steps is the product.
//
// move_fields.vh has every field's first bit.
module rc_move_check_tb;
  parameter integer N = 4;
  parameter integer A_DEPTH = 64;
  parameter integer B_DEPTH = 48;
  parameter integer W_DEPTH = 100;
  parameter integer Q_DEPTH = 8;
  parameter integer S_DEPTH = 40;
  parameter integer TABLES = 0;
  parameter integer MAX_K = 20;
  parameter integer SEED = 1;
  localparam integer CASES = 6000;
  localparam integer PITCHES = (1 << $clog2(MAX_K + 2)) - 1;  // what the core's field can say
`include "move_fields.vh"

  reg clk, load;
  reg [MOVE_W-1:0] move, given;  // a draft of the next, and what the check sees
  wire ready;
  wire [3:0] error;
  wire [15:0] steps;

  rc_move_check #(
      .N(N),
      .A_DEPTH(A_DEPTH),
      .B_DEPTH(B_DEPTH),
      .W_DEPTH(W_DEPTH),
      .Q_DEPTH(Q_DEPTH),
      .S_DEPTH(S_DEPTH),
      .TABLES(TABLES),
      .MAX_K(MAX_K)
  ) u_check (
      .clk_i(clk),
      .load_i(load),
      .move_i(given),
      .ready_o(ready),
      .error_o(error),
      .steps_o(steps)
  );

  integer seed, fails, t, i, cycles, changes;
  integer codes[0:5];
  function integer pick(input integer from, input integer to);
    pick = from + {$random(seed)} % (to - from + 1);
  endfunction

  // Fields as numbers.
  function integer count(input integer at);
    count = move[at+:16];
  endfunction
  function integer beats(input integer at);
    beats = move[at+:24];
  endfunction
  function integer address(input integer at);
    address = move[at+:20];
  endfunction

  task set_range(input integer first, input integer last, input integer depth);
    integer a, b;
    begin
      a = pick(0, depth - 1);
      b = pick(a, pick(0, 2) ? depth - 1 : a);
      move[first+:20] = a;
      move[last+:20] = b;
    end
  endtask

  // Mostly legal.
  task draw;
    integer runs, groups, windows, to_b, from_w, from_b, rows, depth;
    begin
      for (i = 0; i < MOVE_W; i = i + 32) move = {move, $random(seed)};
      windows = pick(0, 1);
      from_w = !windows && pick(0, 1);
      from_b = from_w || (windows && pick(0, 1));
      to_b = pick(0, 1);
      move[F_WINDOWS] = windows;
      move[F_ROWS_FROM_W] = from_w;
      move[F_COLUMNS_FROM_B] = from_b;
      move[F_RESULTS_TO_B] = to_b;
      move[F_TABLE+:4] = pick(0, TABLES);
      move[F_BY_COLUMN] = !windows && pick(0, 1);
      move[F_RESIDUAL] = from_w && !move[F_BY_COLUMN] && pick(0, 1);
      // So many that the scales fit, or any.
      runs = pick(1, 6);
      groups = pick(1, 6);
      if (pick(0, 3) == 0) begin
        runs = pick(1, 65535);
        groups = pick(1, 65535 / runs + (pick(0, 3) == 0));
      end
      move[F_RUNS+:16] = runs;
      move[F_GROUPS+:16] = groups;
      rows = pick(0, 1) ? N : pick(1, N);
      move[F_LAST_ROWS+:16] = rows;
      move[F_LAST_COLUMNS+:16] = pick(0, 1) ? N : pick(1, N);
      move[F_COMMAND_ROWS+:16] = pick(0, 1) ? N : pick(1, N);
      move[F_POSITIONS+:16] = pick(0, 1) ? N : pick(1, N);
      move[F_FIRST_ROW+:16] = pick(0, 1) ? 0 : pick(0, N - 1);
      move[F_BEATS+:16] = pick(0, 1) ? MAX_K : pick(1, MAX_K);
      move[F_PITCH+:16] = pick(0, 1) ? PITCHES : pick(1, PITCHES);
      move[F_TAPS+:16] = pick(0, 1) ? count(F_PITCH) : pick(1, count(F_PITCH));
      if (windows && move[F_CHAIN] && pick(0, 7)) begin
        move[F_POSITIONS+:16] = pick(count(F_COMMAND_ROWS), N);
        move[F_BEATS+:16] = pick(1, count(F_POSITIONS) < MAX_K ? count(F_POSITIONS) : MAX_K);
      end
      move[F_RESULTS_LANE+:16] = pick(0, 1) ? N - 1 : pick(0, N - 1);
      move[F_ROWS_RUN_BEATS+:24] = pick(1, 2000);
      move[F_ROWS_RUN_ADVANCE+:24] = pick(0, 1) ? move[F_ROWS_RUN_BEATS+:24] : pick(1, beats(F_ROWS_RUN_BEATS));
      set_range(F_ROWS_RANGE_FIRST, F_ROWS_RANGE_LAST, from_w ? W_DEPTH : A_DEPTH);
      set_range(F_COLUMNS_RANGE_FIRST, F_COLUMNS_RANGE_LAST, from_b ? B_DEPTH : W_DEPTH);
      set_range(F_RESULTS_RANGE_FIRST, F_RESULTS_RANGE_LAST, to_b ? B_DEPTH : A_DEPTH);
      depth = pick(0, A_DEPTH - 1);
      move[F_RESIDUAL_OFFSET+:20] = pick(0, 1) ? 0 : depth - address(F_RESULTS_RANGE_FIRST);
      depth = move[F_BY_COLUMN] ? Q_DEPTH - groups : S_DEPTH - ((windows ? groups : runs) - 1) * N - rows;
      move[F_SCALES+:20] = depth < 0 ? 0 : pick(0, 2) ? depth : pick(0, depth);
      // Of rows that are not kept there need not be scales.
      if (windows && pick(0, 3) == 0) move[F_SCALES+:20] = -count(F_FIRST_ROW) + pick(-1, 1);
    end
  endtask

  // Sometimes one of the fields that are checked is something else.
  localparam integer COUNTS = 20;
  integer counts[0:COUNTS-1];
  localparam integer ADDRESSES = 8;
  integer addresses[0:ADDRESSES-1];
  localparam integer FLAGS = 6;
  integer flags[0:FLAGS-1];
  initial begin
    counts[0] = F_RUNS;
    counts[1] = F_GROUPS;
    counts[2] = F_LAST_ROWS;
    counts[3] = F_LAST_COLUMNS;
    counts[4] = F_BEATS;
    counts[5] = F_SEGMENT0_COUNT;
    counts[6] = F_ROWS_RUNS;
    counts[7] = F_ROWS_GROUPS;
    counts[8] = F_COLUMNS_COUNT;
    counts[9] = F_COMMAND_ROWS;
    counts[10] = F_POSITIONS;
    counts[11] = F_TAPS;
    counts[12] = F_PITCH;
    counts[13] = F_KEPT_LINE_STRIDE;
    counts[14] = F_KEPT_LINES;
    counts[15] = F_KEPT_COLUMN_STRIDE;
    counts[16] = F_KEPT_COLUMNS;
    counts[17] = F_FIRST_ROW;
    counts[18] = F_RESULTS_LANE;
    counts[19] = F_SEGMENT1_COUNT;
    addresses[0] = F_ROWS_RANGE_FIRST;
    addresses[1] = F_ROWS_RANGE_LAST;
    addresses[2] = F_COLUMNS_RANGE_FIRST;
    addresses[3] = F_COLUMNS_RANGE_LAST;
    addresses[4] = F_RESULTS_RANGE_FIRST;
    addresses[5] = F_RESULTS_RANGE_LAST;
    addresses[6] = F_SCALES;
    addresses[7] = F_RESIDUAL_OFFSET;
    flags[0] = F_WINDOWS;
    flags[1] = F_ROWS_FROM_W;
    flags[2] = F_COLUMNS_FROM_B;
    flags[3] = F_RESULTS_TO_B;
    flags[4] = F_BY_COLUMN;
    flags[5] = F_RESIDUAL;
  end
  task change;
    integer at;
    case (pick(0, 9))
      0: move[counts[pick(0, COUNTS-1)]+:16] = 0;
      1: move[counts[pick(0, COUNTS-1)]+:16] = pick(0, 3) ? pick(N - 1, N + 2) : 1 << pick(0, 15);
      2:
      case (pick(0, 4))
        0: move[F_BEATS+:16] = MAX_K + pick(0, 1);
        1: move[F_PITCH+:16] = PITCHES + pick(0, 1);
        2: move[F_TAPS+:16] = count(F_PITCH) + pick(0, 1);
        3: move[F_BEATS+:16] = count(F_POSITIONS) + pick(0, 1);
        default: move[F_COMMAND_ROWS+:16] = count(F_POSITIONS) + pick(0, 1);
      endcase
      3: move[(pick(0, 1) ? F_ROWS_RUN_BEATS : F_ROWS_RUN_ADVANCE)+:24] = pick(0, 1) ? 0 : 1 << pick(0, 23);
      4: move[F_ROWS_RUN_ADVANCE+:24] = beats(F_ROWS_RUN_BEATS) + 1;
      5, 6: begin
        // A neighbour of another address, or of a memory's end, or a bit.
        at = addresses[pick(0, ADDRESSES-1)];
        case (pick(0, 3))
          0: move[at+:20] = address(addresses[pick(0, 5)]) + pick(-1, 1);
          1: move[at+:20] = move[at+:20] + pick(-1, 1);
          2: move[at+:20] = (pick(0, 1) ? A_DEPTH : pick(0, 1) ? B_DEPTH : W_DEPTH) - pick(0, 1);
          default: move[at+:20] = move[at+:20] ^ (1 << pick(0, 19));
        endcase
      end
      7: move[flags[pick(0, FLAGS-1)]] = $random(seed);
      8: move[F_TABLE+:4] = pick(0, 1) ? TABLES + 1 : pick(0, 15);
      default: begin
        // Where the residual lies beside the results, or beyond A, or around the end of all addresses.
        move[F_RESIDUAL_OFFSET+:20] = pick(0, 3) == 0 ? -address(F_RESULTS_RANGE_LAST) + pick(0, 1) : pick(0, 1) ? address(F_RESULTS_RANGE_FIRST) - address(F_RESULTS_RANGE_LAST) - pick(0, 1)
            : pick(0, 1) ? A_DEPTH - address(F_RESULTS_RANGE_LAST) - pick(0, 1)
            : address(F_RESULTS_RANGE_LAST) - address(F_RESULTS_RANGE_FIRST) + pick(0, 1);
      end
    endcase
  endtask

  function disjoint(input integer a_first, input integer a_last, input integer b_first, input integer b_last);
    disjoint = a_last < b_first || b_last < a_first;
  endfunction
  function within(input integer first, input integer last, input integer depth);
    within = first <= last && last < depth;
  endfunction

  integer wanted, k, scales, dropped, results_first, results_last, added_first, added_last;
  reg zero, size, form, memory, windows, from_w, from_b, to_b, by_column, residual;
  reg [63:0] product;
  task judge;
    begin
      {windows, from_w, from_b} = {move[F_WINDOWS], move[F_ROWS_FROM_W], move[F_COLUMNS_FROM_B]};
      {to_b, by_column, residual} = {move[F_RESULTS_TO_B], move[F_BY_COLUMN], move[F_RESIDUAL]};
      product = count(F_RUNS) * count(F_GROUPS);
      zero = beats(F_ROWS_RUN_BEATS) == 0 || beats(F_ROWS_RUN_ADVANCE) == 0;
      for (k = 0; k < 9; k = k + 1)
        if (k != 3 || !windows) zero = zero || count(counts[k]) == 0;
      for (k = 9; k < 17; k = k + 1) zero = zero || (windows && count(counts[k]) == 0);
      size = product > 65535 || count(F_LAST_ROWS) > N || beats(F_ROWS_RUN_ADVANCE) > beats(F_ROWS_RUN_BEATS);
      if (windows)
        size = size || count(F_COMMAND_ROWS) > N || count(F_POSITIONS) > N || count(F_FIRST_ROW) > N - 1 ||
            count(F_RESULTS_LANE) > N - 1;
      else size = size || count(F_LAST_COLUMNS) > N;
      form = from_w ? !from_b || windows : windows && (by_column || residual);
      size = size || move[F_TABLE+:4] > TABLES || count(F_BEATS) > MAX_K || (windows && count(F_PITCH) > PITCHES);
      form = form || (windows && (count(F_TAPS) > count(F_PITCH) ||
          (move[F_CHAIN] && (count(F_BEATS) > count(F_POSITIONS) || count(F_COMMAND_ROWS) > count(F_POSITIONS)))));
      form = form || (residual && !(from_w && !by_column));
      results_first = address(F_RESULTS_RANGE_FIRST);
      results_last = address(F_RESULTS_RANGE_LAST);
      added_first = (results_first + address(F_RESIDUAL_OFFSET)) % 1048576;
      added_last = (results_last + address(F_RESIDUAL_OFFSET)) % 1048576;
      memory = !within(address(F_ROWS_RANGE_FIRST), address(F_ROWS_RANGE_LAST), from_w ? W_DEPTH : A_DEPTH) ||
          !within(address(F_COLUMNS_RANGE_FIRST), address(F_COLUMNS_RANGE_LAST), from_b ? B_DEPTH : W_DEPTH) ||
          !within(results_first, results_last, to_b ? B_DEPTH : A_DEPTH) ||
          (residual && !within(added_first, added_last, A_DEPTH));
      // Of rows: the first is row first_row of windows, or 0; the last is row last_rows - 1 of the last run,
      // of windows of the last group. A move that keeps no row at all may have an end before its first.
      dropped = windows ? count(F_FIRST_ROW) : 0;
      scales = (address(F_SCALES) + dropped) % 1048576;
      if (by_column) scales = scales + count(F_GROUPS);
      else scales = scales - dropped + (count(windows ? F_GROUPS : F_RUNS) - 1) * N + count(F_LAST_ROWS);
      memory = memory || scales < 0 || scales > (by_column ? Q_DEPTH : S_DEPTH);
      wanted = 0;
      if (!from_w && !to_b && !disjoint(address(F_ROWS_RANGE_FIRST), address(F_ROWS_RANGE_LAST), results_first, results_last))
        wanted = 5;
      if (from_b && to_b && !disjoint(address(F_COLUMNS_RANGE_FIRST), address(F_COLUMNS_RANGE_LAST), results_first, results_last))
        wanted = 5;
      if (residual && !to_b && added_first != results_first && !disjoint(added_first, added_last, results_first, results_last))
        wanted = 5;
      if (memory) wanted = 3;
      if (form) wanted = 4;
      if (size) wanted = 2;
      if (zero) wanted = 1;
    end
  endtask

  initial begin
    seed = SEED;
    fails = 0;
    clk = 1'b0;
    for (i = 0; i < 6; i = i + 1) codes[i] = 0;
    for (t = 0; t < CASES; t = t + 1) begin
      load = 1'b1;
      #5 clk = 1'b1;
      #1;
      load = 1'b0;
      draw;
      if (pick(0, 2)) repeat (pick(1, 2)) change;
      judge;
      given = move;
      #4 clk = 1'b0;
      cycles = 0;
      while (ready !== 1'b1 && cycles < 40) begin
        #5 clk = 1'b1;
        #5 clk = 1'b0;
        cycles = cycles + 1;
      end
      repeat (pick(0, 2)) begin
        #5 clk = 1'b1;
        #5 clk = 1'b0;
      end
      codes[wanted] = codes[wanted] + 1;
      if (error !== wanted || cycles != 17 || ready !== 1'b1 || (wanted == 0 && steps !== product[15:0])) begin
        if (fails < 5)
          $display("FAIL: seed %0d, case %0d: code %0d, not %0d; %0d steps, not %0d; after %0d cycles", SEED, t, error,
                   wanted, steps, product, cycles);
        fails = fails + 1;
      end
    end
    for (i = 0; i < 6; i = i + 1)
      if (codes[i] < CASES / 100) begin
        $display("FAIL: code %0d was met only %0d times", i, codes[i]);
        fails = fails + 1;
      end
    if (fails == 0) $display("PASS: %0d moves", t);
    else $display("FAIL: %0d failures", fails);
    $finish;
  end
endmodule
