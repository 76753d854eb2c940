// rc_skew: every output from the history of the inputs. Operands that are not enabled are X: they
// must leave as zero.
module rc_skew_tb;
  parameter integer ROWS     = 3;
  parameter integer COLS     = 4;
  parameter integer DATA_W   = 8;
  parameter integer WEIGHT_W = 8;
  parameter integer STAGES   = 0;
  localparam ROW_W = $clog2(ROWS + 2);
  localparam EDGE  = 1 + STAGES;
  localparam RUN   = 400;
  localparam FLUSH = EDGE + ROWS + COLS;

  reg clk;
  reg [ROWS-1:0] row_en, tap_en;
  reg col_en;
  reg [ROWS-1:0] stream, lastb;
  reg [ROW_W-1:0] last_rows;
  reg [ROWS*DATA_W-1:0] a;
  reg [COLS*WEIGHT_W-1:0] b;
  reg [ROWS*WEIGHT_W-1:0] tap;
  wire [ROWS*DATA_W-1:0] a_o;
  wire [ROWS-1:0] last_o;
  wire [COLS*WEIGHT_W-1:0] b_o;
  // What went in, with zero in place of what was not enabled.
  reg [ROWS*DATA_W-1:0] a_past[0:RUN-1];
  reg [COLS*WEIGHT_W-1:0] b_past[0:RUN-1];
  reg [ROWS*WEIGHT_W-1:0] tap_past[0:RUN-1];
  reg [ROWS-1:0] lastb_past[0:RUN-1];
  reg [ROWS-1:0] stream_past[0:RUN-1];
  reg [ROWS-1:0] hold_past[0:RUN-1];  // row 0 got a tap, or the row `last`
  reg [ROW_W-1:0] last_past[0:RUN-1];
  reg [DATA_W-1:0] x;
  reg [WEIGHT_W-1:0] y;
  integer t, r, c, fails, bypassed;

`ifdef ROW_BROADCAST
  wire [ROWS-1:0] hold_o;
  wire [ROWS*WEIGHT_W-1:0] tap_n_o;
  wire [ROWS-1:0] lastb_n_o;
`endif

  rc_skew #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W)
`ifdef ROW_BROADCAST
      , .STAGES(STAGES)
`endif
  ) u_skew (
      .clk_i(clk),
      .row_en_i(row_en),
      .col_en_i(col_en),
      .last_rows_i(last_rows),
      .a_i(a),
      .b_i(b),
`ifdef ROW_BROADCAST
      .stream_i(stream),
      .tap_en_i(tap_en),
      .lastb_i(lastb),
      .tap_i(tap),
      .hold_o(hold_o),
      .tap_n_o(tap_n_o),
      .lastb_n_o(lastb_n_o),
`endif
      .a_o(a_o),
      .last_o(last_o),
      .b_o(b_o)
  );

  task wrong(input [8*5:1] what, input integer lane);
    begin
      $display("FAIL: cycle %0d: %0s of lane %0d", t, what, lane);
      fails = fails + 1;
    end
  endtask

  initial begin
    fails = 0;
    bypassed = 0;
    clk = 1'b0;
    for (t = 0; t < RUN; t = t + 1) begin
      row_en = $random;
      tap_en = $random;
      col_en = $random;
      stream = 0;
      lastb  = $random;
`ifdef ROW_BROADCAST
      stream = $random;
`endif
      // A tile ends in one cycle of three.
      last_rows = $random % 3 == 0 ? {$random} % (ROWS + 1) : 0;
      a_past[t] = 0;
      b_past[t] = 0;
      tap_past[t] = 0;
      a = {ROWS * DATA_W{1'bx}};
      b = {COLS * WEIGHT_W{1'bx}};
      tap = {ROWS * WEIGHT_W{1'bx}};
      for (r = 0; r < ROWS; r = r + 1) begin
        x = $random;
        if (row_en[r]) begin
          a[r*DATA_W+:DATA_W] = x;
          a_past[t] = a_past[t] | ({{ROWS * DATA_W{1'b0}}, x} << (r * DATA_W));
        end
        y = $random;
        if (tap_en[r]) begin
          tap[r*WEIGHT_W+:WEIGHT_W] = y;
          tap_past[t] = tap_past[t] | ({{ROWS * WEIGHT_W{1'b0}}, y} << (r * WEIGHT_W));
        end
      end
      for (c = 0; c < COLS; c = c + 1)
        if (col_en) b[c*WEIGHT_W+:WEIGHT_W] = $random;
      if (col_en) b_past[t] = b;
      lastb_past[t]  = lastb;
      stream_past[t] = stream;
      hold_past[t]   = {ROWS{tap_en[0]}} | lastb;
      last_past[t]   = last_rows;

      #1;
      if (t >= FLUSH) begin
        for (r = 0; r < ROWS; r = r + 1) begin
          x = a_past[t-EDGE-(stream_past[t-EDGE][r] ? 0 : r)] >> (r * DATA_W);
          if (stream_past[t-EDGE][r]) bypassed = bypassed + 1;
          if (a_o[r*DATA_W+:DATA_W] !== x) wrong("a", r);
          if (last_o[r] !== (last_past[t-EDGE-r] > r)) wrong("last", r);
`ifdef ROW_BROADCAST
          y = tap_past[t-EDGE] >> (r * WEIGHT_W);
          if (tap_n_o[r*WEIGHT_W+:WEIGHT_W] !== ~y) wrong("tap", r);
          if (lastb_n_o[r] !== ~lastb_past[t-EDGE][r]) wrong("lastb", r);
          if (hold_o[r] !== hold_past[t-EDGE-1][r]) wrong("hold", r);
`endif
        end
        for (c = 0; c < COLS; c = c + 1) begin
          y = b_past[t-EDGE-c] >> (c * WEIGHT_W);
          if (b_o[c*WEIGHT_W+:WEIGHT_W] !== y) wrong("b", c);
        end
      end
      #4 clk = 1'b1;
      #5 clk = 1'b0;
      if (fails > 5) $finish;
    end
`ifdef ROW_BROADCAST
    if (bypassed == 0) fails = fails + 1;
`endif
    if (fails == 0) $display("PASS");
    else $display("FAIL: %0d", fails);
    $finish;
  end
endmodule
