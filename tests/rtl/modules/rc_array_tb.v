// rc_array: every element's operands by the contract's delays. Element (r,c) meets a of row r from
// c + 1 cycles ago, from the history of the edge alone; b and `last` element by element, since taps and
// broadcast `last` take the same registers: the neighbour's of a cycle ago, nothing of it but at (0,0)
// while hold_i is high, and what the row broadcasts. What it captures is at the column's port r edges on,
// and LATE more.
module rc_array_tb;
  parameter integer ROWS     = 3;
  parameter integer COLS     = 4;
  parameter integer DATA_W   = 8;
  parameter integer WEIGHT_W = 8;
  parameter integer ACC_W    = 32;
  parameter integer MAC_STAGES = 0;
  localparam RUN   = 400;
  localparam LATE  = 2 * MAC_STAGES;
  localparam FLUSH = 2 * ROWS + 2 * COLS + 2 + 2 * LATE;  // cycles until no X is left

  reg clk;
  reg [ROWS*DATA_W-1:0] a;
  reg [ROWS-1:0] last, lastb, pass;
  reg [COLS*WEIGHT_W-1:0] b;
  reg [ROWS*WEIGHT_W-1:0] tap;
  wire [COLS*ACC_W-1:0] out;
  reg [ROWS*DATA_W-1:0] a_past[0:RUN-1];
  reg [WEIGHT_W-1:0] b_held[0:ROWS*COLS-1];
  reg last_held[0:ROWS*COLS-1];
  reg [ACC_W-1:0] acc[0:ROWS*COLS-1];
  reg [ACC_W-1:0] due[0:COLS*(RUN+ROWS+LATE+1)-1];  // column c's port in cycle t
  reg signed [DATA_W-1:0] x;
  reg signed [WEIGHT_W-1:0] y;
  reg signed [ACC_W-1:0] sum;
  reg ends, passes;
  integer t, r, c, fails, captures;

  rc_array #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAC_STAGES(MAC_STAGES)
  ) u_array (
      .clk_i(clk),
      .a_i(a),
      .last_i(last),
      .b_i(b),
`ifdef ROW_BROADCAST
      .hold_i(~pass),
      .tap_n_i(~tap),
      .lastb_n_i(~lastb),
`endif
      .out_o(out)
  );

  initial begin
    fails = 0;
    captures = 0;
    clk = 1'b0;
    for (t = 0; t < COLS * (RUN + ROWS + LATE + 1); t = t + 1) due[t] = 0;
    for (r = 0; r < ROWS * COLS; r = r + 1) begin
      acc[r] = 0;
      b_held[r] = 0;
      last_held[r] = 0;
    end
    for (t = 0; t < RUN; t = t + 1) begin
      for (r = 0; r < ROWS; r = r + 1) begin
        a[r*DATA_W+:DATA_W] = t < FLUSH ? 0 : $random;
        tap[r*WEIGHT_W+:WEIGHT_W] = 0;
        last[r]  = t == FLUSH / 2 || (t >= FLUSH && $random % 8 == 0);
        lastb[r] = 1'b0;
        pass[r]  = 1'b1;
`ifdef ROW_BROADCAST
        // Taps are ORed to whatever b passes: the model does the same.
        tap[r*WEIGHT_W+:WEIGHT_W] = t < FLUSH ? 0 : $random;
        lastb[r] = t >= FLUSH && $random % 8 == 0;
        pass[r]  = t < FLUSH || $random % 2 == 0;
`endif
      end
      for (c = 0; c < COLS; c = c + 1) b[c*WEIGHT_W+:WEIGHT_W] = t < FLUSH ? 0 : $random;
      a_past[t] = a;

      if (t >= FLUSH) begin
        for (c = 0; c < COLS; c = c + 1)
          if (out[c*ACC_W+:ACC_W] !== due[t*COLS+c]) begin
            $display("FAIL: cycle %0d: column %0d is %h instead of %h", t, c, out[c*ACC_W+:ACC_W],
                     due[t*COLS+c]);
            fails = fails + 1;
          end
        for (r = 0; r < ROWS; r = r + 1)
          for (c = 0; c < COLS; c = c + 1) begin
            x = a_past[t-1-c] >> (r * DATA_W);
            y = b_held[r*COLS+c];
            sum  = acc[r*COLS+c];
            sum  = sum + x * y;
            ends = last_held[r*COLS+c];
            acc[r*COLS+c] = ends ? 0 : sum;
            if (ends) begin
              captures = captures + 1;
              due[(t+LATE+r+1)*COLS+c] = due[(t+LATE+r+1)*COLS+c] | sum;
            end
          end
      end
      for (r = ROWS - 1; r >= 0; r = r - 1)
        for (c = COLS - 1; c >= 0; c = c - 1) begin
          passes = pass[r] || (r == 0 && c == 0);
          y = r == 0 ? b >> (c * WEIGHT_W) : b_held[(r-1)*COLS+c];
          b_held[r*COLS+c] = (passes ? y : 0) | (tap >> (r * WEIGHT_W));
          ends = c == 0 ? last[r] : last_held[r*COLS+c-1];
          last_held[r*COLS+c] = (passes && ends) || lastb[r];
        end
      #5 clk = 1'b1;
      #5 clk = 1'b0;
      if (fails > 5) $finish;
    end
    if (fails == 0 && captures > RUN / 20) $display("PASS");
    else $display("FAIL: %0d, %0d captures", fails, captures);
    $finish;
  end
endmodule
