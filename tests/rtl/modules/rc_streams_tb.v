// rc_streams: every output in every cycle against a window's samples counted here, one number for each: the
// position of the next sample in its pass, the pass, the window. Tiles are fed in between; rows of windows
// before leave one a cycle, as they do.
module rc_streams_tb;
  parameter integer ROWS  = 3;
  parameter integer COLS  = 4;
  parameter integer MAX_K = 9;
  parameter integer CLEAR = 8;
  localparam ROW_W  = $clog2(ROWS + 2);
  localparam COL_W  = $clog2(COLS + 2);
  localparam BEAT_W = $clog2(MAX_K + 2);
  localparam FIELD  = (1 << BEAT_W) - 1;

  reg clk, rst;
  reg load, chain, active, last_beat, tile_take, op_valid;
  reg [COL_W-1:0] cols;
  reg [BEAT_W-1:0] beats, taps, gap, passes;
  reg [ROW_W-1:0] rows_left;
  wire ready, counts, tap, ends, clear, gap_error;

  rc_streams #(
      .ROWS (ROWS),
      .COLS (COLS),
      .MAX_K(MAX_K),
      .CLEAR(CLEAR)
  ) u_streams (
      .clk_i(clk),
      .rst_i(rst),
      .load_i(load),
      .chain_i(chain),
      .cols_i(cols),
      .beats_i(beats),
      .taps_i(taps),
      .gap_i(gap),
      .passes_i(passes),
      .active_i(active),
      .last_beat_i(last_beat),
      .count_o(counts),
      .tile_take_i(tile_take),
      .rows_left_i(rows_left),
      .op_valid_i(op_valid),
      .ready_o(ready),
      .tap_o(tap),
      .end_o(ends),
      .clear_o(clear),
      .gap_error_o(gap_error)
  );

  integer t, fails, windows, gaps, row_waits, clear_waits, since_tile, left;
  // What is fed: nothing, tiles for so many cycles, or a command's windows, and where the next sample of
  // them stands.
  integer tiles_left, windows_left, rows;
  integer n, k, w, p, m, sample, pass;
  reg chained, running;
  reg gap_was, expected, taken, ended;

  function integer draw(input integer low, input integer high);
    draw = low + {$random} % (high - low + 1);
  endfunction
  function integer least(input integer x, input integer y);
    least = x < y ? x : y;
  endfunction

  task check(input ok, input [8*16:1] what);
    if (ok !== 1'b1) begin
      $display("FAIL: cycle %0d: %0s", t, what);
      fails = fails + 1;
    end
  endtask

  // What is fed from the next cycle on; of windows, the fields as well.
  task load_next;
    begin
      load = 1'b1;
      if (draw(0, 2) == 0) tiles_left = draw(0, 6);
      else begin
        chained = draw(0, 2) == 0;
        n = draw(1, COLS);
        k = draw(1, draw(0, 1) == 1 ? MAX_K : least(2, MAX_K));
        p = draw(1, draw(0, 1) == 1 ? FIELD : least(3, FIELD));
        w = draw(1, p);
        m = draw(1, draw(0, 7) == 0 ? FIELD : least(3, FIELD));
        rows = draw(1, ROWS);
        if (chained) begin
          m = 1;
          k = draw(1, least(n, MAX_K));
          rows = draw(1, least(rows, n));
        end
        windows_left = draw(1, 4);
        {chain, cols, beats, taps, gap, passes} = {(1 + COL_W + 4 * BEAT_W) {1'b0}};
        chain  = chained;
        cols   = n;
        beats  = k;
        taps   = w;
        gap    = p - w;
        passes = m;
        sample = 0;
        pass = 0;
        running = 1'b0;
      end
    end
  endtask

  initial begin
    fails = 0;
    windows = 0;
    gaps = 0;
    row_waits = 0;
    clear_waits = 0;
    since_tile = CLEAR;
    left = 0;
    tiles_left = 0;
    windows_left = 0;
    running = 1'b0;
    gap_was = 1'b0;
    clk = 1'b0;
    rst = 1'b1;
    load = 1'b0;
    active = 1'b0;
    tile_take = 1'b0;
    op_valid = 1'b0;
    rows_left = 0;
    #5 clk = 1'b1;
    #5 clk = 1'b0;
    rst = 1'b0;
    for (t = 0; t < 20000 && fails < 6; t = t + 1) begin
      active = windows_left > 0;
      op_valid = t % 256 < 128 || draw(0, 5) > 0;
      tile_take = tiles_left > 0 && draw(0, 1) == 0;
      // A pass ends n - 1 + k - 1 cycles after its first sample: by then no row may be left.
      last_beat = sample == n - 1 + k - 1;
      expected = active && (running || (since_tile >= CLEAR
          && (pass < m - 1 || left <= n - 1 + k - 1)));
      taken = expected && (op_valid || running);
      ended = taken && sample == n - 1 + k - 1 && pass == m - 1;
      if (ended) left = rows;
      rows_left = left;  // with those of the window that ends
      {chain, cols, beats, taps, gap, passes} = {(1 + COL_W + 4 * BEAT_W) {1'bx}};
      load = 1'b0;
      op_valid = !op_valid;
      #1 check(ready === expected, "ready on valid");
      op_valid = !op_valid;
      #1;
      check(ready === expected, "ready_o");
      check(tap === (expected && sample >= n - 1 && (sample - (n - 1)) % p < w), "tap_o");
      check(counts === (taken && sample >= n - 1), "count_o");
      check(ends === ended, "end_o");
      check(clear === (since_tile >= CLEAR), "clear_o");
      check(gap_error === gap_was, "gap_error_o");
      clear_waits = clear_waits + (active && !running && since_tile < CLEAR);
      row_waits = row_waits + (active && !expected && since_tile >= CLEAR);

      gap_was = taken && !op_valid;
      gaps = gaps + gap_was;
      since_tile = tile_take ? 1 : since_tile + 1;
      if (left > 0) left = left - 1;
      if (taken) begin
        running = 1'b1;
        sample = sample + 1;
        if (sample == n - 1 + k) begin
          running = chained;
          sample = chained ? k - 1 : 0;
          pass = pass + 1;
        end
      end
      if (ended) begin
        windows = windows + 1;
        windows_left = windows_left - 1;
        pass = 0;
      end
      if (tiles_left > 0) tiles_left = tiles_left - 1;
      if (windows_left == 0 && tiles_left == 0) load_next;
      #3 clk = 1'b1;
      #5 clk = 1'b0;
    end
    check(windows > 100, "coverage");
    if (CLEAR > 2) check(clear_waits > 50, "no waits for tiles");
    if (COLS > 1 && MAX_K > 1) check(gaps > 10, "no gaps");
    if (ROWS > COLS) check(row_waits > 10, "no row waits");
    if (fails == 0)
      $display("PASS: %0d windows, %0d gaps, %0d waits for rows", windows, gaps, row_waits);
    $finish;
  end
endmodule
