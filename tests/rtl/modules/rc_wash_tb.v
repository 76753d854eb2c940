// rc_wash: both outputs in every cycle from a reset on, of one cycle and of several, in mid-wash and behind
// it.
module rc_wash_tb;
  parameter integer ZEROS = 5;
  parameter integer WAVE  = 4;

  reg clk, rst;
  wire washing, wave;
  integer since, n, fails;

  rc_wash #(
      .ZEROS(ZEROS),
      .WAVE (WAVE)
  ) u_wash (
      .clk_i(clk),
      .rst_i(rst),
      .washing_o(washing),
      .wave_o(wave)
  );

  task run(input integer reset, input integer free);
    begin
      rst = 1'b1;
      repeat (reset) begin
        #5 clk = 1'b1;
        #5 clk = 1'b0;
      end
      rst = 1'b0;
      for (since = 0; since < free; since = since + 1) begin
        #1;
        if (washing !== (since < ZEROS + WAVE) || wave !== (since == ZEROS)) begin
          $display("FAIL: %0d cycles after the reset: %b %b", since, washing, wave);
          fails = fails + 1;
        end
        #4 clk = 1'b1;
        #5 clk = 1'b0;
      end
    end
  endtask

  initial begin
    fails = 0;
    clk = 1'b0;
    run(1, 3 * (ZEROS + WAVE));
    run(1, ZEROS);
    run(3, ZEROS + 1);
    for (n = 1; n < ZEROS + WAVE + 2; n = n + 1) run(1, n);
    run(2, 2 * (ZEROS + WAVE) + 40);
    if (fails == 0) $display("PASS");
    $finish;
  end
endmodule
