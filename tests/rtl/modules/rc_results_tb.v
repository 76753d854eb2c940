// rc_results: every output in every cycle against a list of the results that are due. Steps end as often as
// the rules let them: a tile when its lane is free, a window when no row is left of what came before, and a
// window and a tile as far apart as who feeds them keeps them.
module rc_results_tb;
  parameter integer ROWS    = 3;
  parameter integer COLS    = 4;
  parameter integer TAG_W   = 4;
  parameter integer LATENCY = 3;
  localparam ROW_W = $clog2(ROWS + 2);
  localparam AHEAD = 2 * ROWS + COLS + LATENCY + 2;

  reg clk, rst;
  reg ends, stream;
  reg [ROW_W-1:0] rows;
  reg [TAG_W-1:0] tag;
  wire lane_busy, busy;
  wire [COLS-1:0] valid;
  wire [ROW_W-1:0] row_o;
  wire [TAG_W-1:0] tag_o;
`ifdef ROW_BROADCAST
  wire window;
  wire [ROW_W-1:0] rows_left;
`endif

  rc_results #(
      .ROWS(ROWS),
      .COLS(COLS),
      .TAG_W(TAG_W),
      .LATENCY(LATENCY)
  ) u_results (
      .clk_i(clk),
      .rst_i(rst),
      .end_i(ends),
      .rows_i(rows),
      .tag_i(tag),
`ifdef ROW_BROADCAST
      .stream_i(stream),
      .rows_left_o(rows_left),
      .window_o(window),
`endif
      .lane_busy_o(lane_busy),
      .valid_o(valid),
      .row_o(row_o),
      .tag_o(tag_o),
      .busy_o(busy)
  );

  integer t, fails, results, both, slot, r, c, kind, tile_until;
  integer lane_free[0:1];  // from here on a step may end in the even, in the odd cycles
  integer window_until;    // the last window's rows leave before
  reg [COLS-1:0] due[0:AHEAD-1];
  reg due_window[0:AHEAD-1];
  integer due_row[0:AHEAD-1];
  reg [TAG_W-1:0] due_tag[0:AHEAD-1];
  reg working;

  task check(input ok, input [8*16:1] what);
    if (ok !== 1'b1) begin
      $display("FAIL: cycle %0d: %0s", t, what);
      fails = fails + 1;
    end
  endtask

  task reset;
    begin
      rst = 1'b1;
      ends = 1'b0;
      #5 clk = 1'b1;
      #5 clk = 1'b0;
      rst = 1'b0;
      t = t + 1;
      lane_free[0] = 0;
      lane_free[1] = 0;
      window_until = 0;
      tile_until = 0;
      for (slot = 0; slot < AHEAD; slot = slot + 1) due[slot] = 0;
    end
  endtask

  initial begin
    fails = 0;
    results = 0;
    both = 0;
    kind = 0;
    t = 0;
    clk = 1'b0;
    stream = 1'b0;
    rows = 1;
    tag = 0;
    reset;
    while (t < 10000 && fails < 6) begin
      if ({$random} % 20 == 0) begin
`ifdef ROW_BROADCAST
        kind = {$random} % 2;
`endif
      end
      stream = kind;
      rows = {$random} % 3 == 0 ? 1 + {$random} % ROWS : ROWS;
      tag = $random;
      ends = {$random} % 3 > 0;
      // Nothing of a tile is left in the array when a window ends; a window's rows are short of one.
      if (stream ? t < tile_until || t < window_until : t < lane_free[t%2]) ends = 1'b0;
      if (!ends) {rows, tag, stream} = {(ROW_W + TAG_W + 1) {1'bx}};
      #1;
      check(lane_busy === (t < lane_free[t%2]), "lane_busy_o");
`ifdef ROW_BROADCAST
      if (t < window_until && !ends) check(rows_left === window_until - t, "rows_left_o");
      if (ends) check(rows_left === rows, "rows_left_o");
      if (!ends && t >= window_until && t >= lane_free[t%2]) check(rows_left === 0, "rows_left_o");
`endif
      both = both + (!stream && ends && t < lane_free[1-t%2] && t >= window_until);
      if (ends) begin
        for (r = 0; r < rows; r = r + 1)
          for (c = 0; c < COLS; c = c + 1) begin
            slot = (t + LATENCY + (stream ? r : 2 * r + c)) % AHEAD;
            check(due[slot][c] === 1'b0, "clash");
            due[slot][c] = 1'b1;
            due_window[slot] = stream;
            if (c == 0) begin
              due_row[slot] = r;
              due_tag[slot] = tag;
            end
          end
        if (stream) begin
          lane_free[0] = t + rows;
          lane_free[1] = t + rows;
          window_until = t + rows;
        end else begin
          lane_free[t%2] = t + 2 * rows;
          if (tile_until < t + 2 * ROWS + COLS - 2) tile_until = t + 2 * ROWS + COLS - 2;
        end
      end
      slot = t % AHEAD;
      check(valid === due[slot], "valid_o");
      if (due[slot][0]) check(row_o === due_row[slot] && tag_o === due_tag[slot], "name");
      if (due[slot][0]) results = results + 1;
`ifdef ROW_BROADCAST
      check(window === (due[slot] != 0 && due_window[slot]), "window_o");
`endif
      // A step that ends now is not on its way yet.
      working = 1'b0;
      for (r = 0; r < AHEAD; r = r + 1) if (due[r] != 0) working = 1'b1;
      if (!ends) check(busy === working, "busy_o");
      due[slot] = 0;
      #4 clk = 1'b1;
      #5 clk = 1'b0;
      t = t + 1;
      if (t % 1000 == 0) reset;
    end
    check(results > 2000, "coverage");
    if (ROWS > 1) check(both > 50, "no two lanes");
    if (fails == 0) $display("PASS: %0d results", results);
    $finish;
  end
endmodule
