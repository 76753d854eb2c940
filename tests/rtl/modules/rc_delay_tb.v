// rc_delay: the word of CYCLES edges ago; a wire for CYCLES = 0.
module rc_delay_tb;
  parameter integer WIDTH  = 8;
  parameter integer CYCLES = 1;
  localparam RUN = 200;

  reg clk;
  reg [WIDTH-1:0] d;
  wire [WIDTH-1:0] q;
  reg [WIDTH-1:0] past[0:RUN-1];
  integer t, fails;

  rc_delay #(
      .WIDTH (WIDTH),
      .CYCLES(CYCLES)
  ) u_delay (
      .clk_i(clk),
      .d_i  (d),
      .q_o  (q)
  );

  initial begin
    fails = 0;
    clk = 1'b0;
    for (t = 0; t < RUN; t = t + 1) begin
      d = $random;
      past[t] = d;
      #1;
      if (t >= CYCLES && q !== past[t-CYCLES]) fails = fails + 1;
      #4 clk = 1'b1;
      #5 clk = 1'b0;
    end
    if (fails == 0) $display("PASS");
    else $display("FAIL: %0d words", fails);
    $finish;
  end
endmodule
