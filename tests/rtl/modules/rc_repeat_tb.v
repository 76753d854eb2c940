// rc_repeat: last_o against the number of steps left of the round. Rounds of every length of up to six bits
// follow each other; steps are held back and values loaded over at random.
module rc_repeat_tb;
  parameter integer WIDTH = 4;
  localparam TOP = WIDTH < 6 ? (1 << WIDTH) - 1 : 63;

  reg clk, load, step;
  reg [WIDTH-1:0] value;
  wire last;
  integer length, left, n, t, fails, rounds;

  rc_repeat #(
      .WIDTH(WIDTH)
  ) u_repeat (
      .clk_i(clk),
      .load_i(load),
      .value_i(value),
      .step_i(step),
      .last_o(last)
  );

  task cycle;
    begin
      #1;
      if (length > 0 && last !== (left == 1)) begin
        $display("FAIL: cycle %0d: last_o is %b with %0d of %0d left", t, last, left, length);
        fails = fails + 1;
      end
      #4 clk = 1'b1;
      if (load) begin
        length = value;
        left   = value;
      end else if (step) begin
        rounds = rounds + (left == 1);
        left   = left == 1 ? length : left - 1;
      end
      #5 clk = 1'b0;
      t = t + 1;
    end
  endtask

  initial begin
    fails = 0;
    rounds = 0;
    length = 0;
    left = 0;
    t = 0;
    clk = 1'b0;
    for (n = 1; n <= TOP; n = n + 1) begin
      load  = 1'b1;
      value = n;
      step  = $random;
      cycle;
      load  = 1'b0;
      value = {WIDTH{1'bx}};
      repeat (4 * n) begin
        step = {$random} % 4 != 0;
        cycle;
      end
    end
    repeat (2000) begin
      load  = {$random} % 16 == 0;
      value = load ? 1 + {$random} % ({$random} % 2 ? TOP : TOP < 3 ? TOP : 3) : {WIDTH{1'bx}};
      step  = $random;
      cycle;
    end
    if (fails == 0 && rounds > 2 * TOP) $display("PASS: %0d rounds", rounds);
    else $display("FAIL: %0d failures, %0d rounds", fails, rounds);
    $finish;
  end
endmodule
