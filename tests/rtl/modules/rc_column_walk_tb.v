// rc_column_walk: every beat of random walks, which are left at random times, against the sum that an
// address is. A reset ends some of them.
module rc_column_walk_tb;
  parameter integer ADDRESS_W = 16;
  parameter integer COUNT_W = 16;
  parameter integer SEED = 1;
  localparam integer TOP = COUNT_W < 4 ? (1 << COUNT_W) - 1 : 15;

  reg clk, rst, load, line_step, next;
  reg [ADDRESS_W-1:0] base, group_step;
  reg [COUNT_W-1:0] count, runs, groups;
  wire valid;
  wire [ADDRESS_W-1:0] address;
  integer seed, fails, walks, beats, g, r, i, given, early;
  reg [ADDRESS_W-1:0] expected;

  rc_column_walk #(
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W  (COUNT_W)
  ) u_walk (
      .clk_i(clk),
      .rst_i(rst),
      .load_i(load),
      .base_i(base),
      .count_i(count),
      .line_step_i(line_step),
      .runs_i(runs),
      .groups_i(groups),
      .group_step_i(group_step),
      .valid_o(valid),
      .address_o(address),
      .next_i(next)
  );

  task cycle;
    begin
      #5 clk = 1'b1;
      #5 clk = 1'b0;
    end
  endtask
  task check(input ok, input [8*8:1] what);
    if (ok !== 1'b1) begin
      if (fails < 5) $display("FAIL: seed %0d, walk %0d, beat %0d: %0s", SEED, walks, beats, what);
      fails = fails + 1;
    end
  endtask
  function integer pick(input integer from, input integer to);
    pick = from + {$random(seed)} % (to - from + 1);
  endfunction

  initial begin
    seed = SEED;
    fails = 0;
    clk = 1'b0;
    rst = 1'b1;
    load = 1'b0;
    next = 1'b0;
    cycle;
    rst = 1'b0;
    for (walks = 0; walks < 300 && fails < 100; walks = walks + 1) begin
      beats = 0;
      repeat (pick(0, 2)) begin
        next = $random(seed);
        #1 check(!valid, "idle");
        cycle;
      end
      base = $random(seed);
      group_step = $random(seed);
      line_step = pick(0, 3) != 0;
      count = pick(1, pick(0, 3) ? 3 : TOP);
      runs = pick(1, pick(0, 3) ? 3 : TOP);
      groups = pick(1, pick(0, 3) ? 3 : TOP);
      early = pick(0, 5) == 0 ? pick(0, count * runs) : -1;
      load = 1'b1;
      next = 1'b0;
      cycle;
      load = 1'b0;
      for (g = 0; g < groups; g = g + 1)
        for (r = 0; r < runs; r = r + 1)
          for (i = 0; i < count; i = i + 1)
            if (beats != early) begin
              expected = base + g * group_step + i * line_step;
              given = 0;
              while (!given) begin
                next = pick(0, 3) != 0;
                #1 check(valid, "valid");
                check(address === expected, "address");
                given = next;
                cycle;
              end
              beats = beats + 1;
            end
      if (early >= 0 && beats == early) begin
        rst = 1'b1;
        next = $random(seed);
        cycle;
        rst = 1'b0;
      end
      {base, group_step, line_step, count, runs, groups} = {3 * COUNT_W + 2 * ADDRESS_W + 1{1'bx}};
      next = 1'b0;
      #1 check(!valid, "ended");
    end
    if (fails == 0) $display("PASS: %0d walks", walks);
    else $display("FAIL: %0d failures", fails);
    $finish;
  end
endmodule
