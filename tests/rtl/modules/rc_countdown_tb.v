// rc_countdown: last_o against the number of steps left. Every value of up to eight bits is counted down
// at least once; steps are held back and values loaded over at random.
module rc_countdown_tb;
  parameter integer WIDTH = 4;
  localparam TOP = WIDTH < 8 ? (1 << WIDTH) - 1 : 255;

  reg clk, load, step;
  reg [WIDTH-1:0] value;
  wire last;
  integer left, n, t, fails, lasts;

  rc_countdown #(
      .WIDTH(WIDTH)
  ) u_countdown (
      .clk_i(clk),
      .load_i(load),
      .value_i(value),
      .step_i(step),
      .last_o(last)
  );

  task cycle;
    begin
      #1;
      if (left > 0 && last !== (left == 1)) begin
        $display("FAIL: cycle %0d: last_o is %b with %0d left", t, last, left);
        fails = fails + 1;
      end
      if (left == 1) lasts = lasts + 1;
      #4 clk = 1'b1;
      if (load) left = value;
      else if (step) left = left - 1;
      #5 clk = 1'b0;
      t = t + 1;
    end
  endtask

  initial begin
    fails = 0;
    lasts = 0;
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
      while (left > 0) begin
        step = {$random} % 4 != 0;
        cycle;
      end
    end
    repeat (2000) begin
      load  = left == 0 || {$random} % 8 == 0;
      value = load ? 1 + {$random} % ({$random} % 2 ? TOP : TOP < 3 ? TOP : 3) : {WIDTH{1'bx}};
      step  = $random;
      cycle;
    end
    if (WIDTH > 8) begin  // the top of a wide one
      load  = 1'b1;
      value = {WIDTH{1'b1}};
      cycle;
      load = 1'b0;
      step = 1'b1;
      repeat (1 << (WIDTH < 16 ? WIDTH : 16)) if (left > 0) cycle;
    end
    if (fails == 0 && lasts > TOP) $display("PASS: %0d countdowns", lasts);
    else $display("FAIL: %0d failures, %0d countdowns", fails, lasts);
    $finish;
  end
endmodule
