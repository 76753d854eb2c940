// rc_pe: random bursts against a model of one element; the first `last` clears the accumulator's X.
// A capture is LATE edges later than the model's, and clear of what drains meanwhile.
module rc_pe_tb;
  parameter integer DATA_W   = 8;
  parameter integer WEIGHT_W = 8;
  parameter integer ACC_W    = 32;
  parameter integer MAC_STAGES = 0;
  localparam LATE = 2 * MAC_STAGES;

  reg clk;
  reg signed [DATA_W-1:0] a, a_was;
  reg signed [WEIGHT_W-1:0] b, tap, w, w_was;
  reg last, lastb, pass, ends, ends_was;
  reg [ACC_W-1:0] drain;
  wire [DATA_W-1:0] a_o;
`ifdef ROW_BROADCAST
  wire [WEIGHT_W-1:0] b_n_o;
  wire last_n_o;
  wire [WEIGHT_W-1:0] b_o = ~b_n_o;
  wire last_o = ~last_n_o;
`else
  wire [WEIGHT_W-1:0] b_o;
  wire last_o;
`endif
  wire [ACC_W-1:0] out;
  reg signed [ACC_W-1:0] sum;
  reg [3*(ACC_W+1)-1:0] caught;  // whether and what, in this cycle and in the two before
  reg captured;
  reg [ACC_W-1:0] expected;
  integer t, fails, captures;

  rc_pe #(
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAC_STAGES(MAC_STAGES)
  ) u_pe (
      .clk_i(clk),
      .a_i(a),
`ifdef ROW_BROADCAST
      .last_n_i(~last),
      .b_n_i(~b),
      .last_n_o(last_n_o),
      .b_n_o(b_n_o),
      .hold_i(~pass),
      .tap_n_i(~tap),
      .lastb_n_i(~lastb),
`else
      .last_i(last),
      .b_i(b),
      .last_o(last_o),
      .b_o(b_o),
`endif
      .drain_i(drain),
      .a_o(a_o),
      .out_o(out)
  );

  initial begin
    fails = 0;
    captures = 0;
    sum = 0;
    caught = 0;
    clk = 1'b0;
    for (t = 0; t < 1000; t = t + 1) begin
      a     = $random;
      b     = $random;
      tap   = 0;
      last  = t == 0 || $random % 4 == 0;
      lastb = 1'b0;
      pass  = 1'b1;
`ifdef ROW_BROADCAST
      // One weight source at a time; any source of `last`. What does not pass is to be seen nowhere.
      if ($random % 2 == 0) tap = $random;
      pass = t == 0 || (tap == 0 && $random % 4 != 0);
      if (tap != 0 && $random % 2 == 0) begin
        b    = 0;
        pass = 1'b1;
      end
      lastb = $random % 4 == 0;
`endif
      w    = pass ? b | tap : tap;
      ends = (pass && last) || lastb;
      // What came in the cycle before is summed now; the drain's slot is free when it is captured.
      if (t > 0) begin
        sum = sum + a_was * w_was;
        caught = {caught, ends_was, sum};
        if (ends_was) sum = 0;
      end
      {captured, expected} = caught[LATE*(ACC_W+1)+:ACC_W+1];
      drain = captured ? 0 : {$random, $random};
      if (captured) captures = captures + 1;
      else expected = drain;
      #5 clk = 1'b1;
      #5 clk = 1'b0;
      if (a_o !== a || b_o !== w || last_o !== ends) begin
        $display("FAIL: cycle %0d: a, b or last is not passed on", t);
        fails = fails + 1;
      end
      // The first capture shows what was in the accumulator before.
      if (t > 1 + LATE && out !== expected) begin
        $display("FAIL: cycle %0d: out is %h instead of %h", t, out, expected);
        fails = fails + 1;
      end
      a_was = a;
      w_was = w;
      ends_was = ends;
      if (fails > 5) $finish;
    end
    if (fails == 0 && captures > 50) $display("PASS");
    else $display("FAIL: %0d, %0d captures", fails, captures);
    $finish;
  end
endmodule
