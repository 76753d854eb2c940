// rc_walk: every beat of random walks against its definition, by division: beat `b` of run `r` is the
// sequence's r * run_advance + b, in its column at its line. Beats are left at random times; a reset ends
// some walks. What rc_walk reads only behind load_i is unknown with it.
module rc_walk_tb;
  parameter integer ADDRESS_W = 16;
  parameter integer COUNT_W = 16;
  parameter integer BEAT_W = 24;
  parameter integer SEED = 1;
  localparam integer COUNTS = COUNT_W < 5 ? (1 << COUNT_W) - 1 : 31;
  localparam integer BEATS = BEAT_W < 6 ? (1 << BEAT_W) - 1 : 63;

  reg clk, rst, load, next;
  reg [4*COUNT_W-1:0] count;
  reg [4*ADDRESS_W-1:0] base, step, step_late;
  reg [3:0] zero, zero_late;
  reg [ADDRESS_W-1:0] line_step, line_step_late, group_step;
  reg [COUNT_W-1:0] first, last, first_late, last_late, runs, groups, tail;
  reg [BEAT_W-1:0] run_beats, run_advance;
  wire valid, zero_o, last_o;
  wire [ADDRESS_W-1:0] address;

  rc_walk #(
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W),
      .BEAT_W(BEAT_W)
  ) u_walk (
      .clk_i(clk),
      .rst_i(rst),
      .load_i(load),
      .count_i(count),
      .base_i(base),
      .step_i(step_late),
      .zero_i(zero_late),
      .line_step_i(line_step_late),
      .first_i(first_late),
      .last_i(last_late),
      .run_beats_i(run_beats),
      .run_advance_i(run_advance),
      .runs_i(runs),
      .groups_i(groups),
      .group_step_i(group_step),
      .tail_i(tail),
      .valid_o(valid),
      .address_o(address),
      .zero_o(zero_o),
      .last_o(last_o),
      .next_i(next)
  );

  integer seed, fails, walks, beats, all, g, r, b, i, j, pitch, segments, column, line, segment, early, given, columns;
  integer zeros, overlaps;
  reg [ADDRESS_W-1:0] expected;
  reg expected_zero;

  task cycle;
    begin
      #5 clk = 1'b1;
      #5 clk = 1'b0;
    end
  endtask
  task check(input ok, input [8*8:1] what);
    if (ok !== 1'b1) begin
      if (fails < 5) $display("FAIL: seed %0d, walk %0d, beat %0d of %0d: %0s", SEED, walks, beats, all, what);
      fails = fails + 1;
    end
  endtask
  function integer pick(input integer from, input integer to);
    pick = from + {$random(seed)} % (to - from + 1);
  endfunction
  function integer count_of(input integer which);
    count_of = count[which*COUNT_W+:COUNT_W];
  endfunction
  function integer least(input integer a, input integer b);
    least = a < b ? a : b;
  endfunction

  // One beat: it stays until it is left.
  task beat(input is_zero, input [ADDRESS_W-1:0] wanted);
    if (beats != early) begin
      given = 0;
      while (!given) begin
        next = pick(0, 3) != 0;
        #1 check(valid, "valid");
        check(zero_o === is_zero, "zero");
        check(is_zero || address === wanted, "address");
        check(last_o === (beats == all - 1), "last");
        given = next;
        cycle;
      end
      zeros = zeros + is_zero;
      beats = beats + 1;
    end
  endtask

  initial begin
    seed = SEED;
    fails = 0;
    zeros = 0;
    overlaps = 0;
    clk = 1'b0;
    rst = 1'b1;
    load = 1'b0;
    next = 1'b0;
    cycle;
    rst = 1'b0;
    for (walks = 0; walks < 600 && fails < 100; walks = walks + 1) begin
      beats = 0;
      all = 0;
      repeat (pick(0, 2)) begin
        next = $random(seed);
        #1 check(!valid, "idle");
        cycle;
      end
      segments = pick(1, 4);
      pitch = 0;
      for (i = 0; i < 4; i = i + 1) begin
        // Behind the first of none, counts do not matter.
        j = i < segments ? pick(1, pick(0, 7) ? 3 : COUNTS) : i == segments ? 0 : pick(0, COUNTS);
        count[i*COUNT_W+:COUNT_W] = j;
        if (i < segments) pitch = pitch + j;
      end
      base = {$random(seed), $random(seed), $random(seed)};
      step = {$random(seed), $random(seed), $random(seed)};
      zero = pick(0, 2) ? 4'd0 : $random(seed);
      line_step = pick(0, 1) ? $random(seed) : pick(0, 1);
      run_beats = pick(1, pick(0, 7) ? 7 : BEATS);
      run_advance = pick(0, 2) ? pick(1, run_beats) : run_beats;
      runs = pick(1, pick(0, 7) ? 4 : COUNTS);
      groups = pick(1, pick(0, 7) ? 3 : COUNTS);
      group_step = $random(seed);
      // A column is a COUNT_W-bit number.
      while (((runs - 1) * run_advance + run_beats - 1) / pitch >= COUNTS)
        if (runs > 1) runs = runs - 1;
        else run_beats = run_beats - 1;
      run_advance = least(run_advance, run_beats);
      columns = ((runs - 1) * run_advance + run_beats - 1) / pitch + 1;
      first = pick(0, 1) ? 0 : pick(0, least(COUNTS, columns));
      last = pick(0, 1) ? COUNTS : pick(0, least(COUNTS, columns + 1));
      tail = pick(0, 1) ? 0 : pick(0, pick(0, 7) ? 4 : COUNTS);
      all = runs * groups * run_beats + tail;
      early = pick(0, 7) == 0 ? pick(0, all - 1) : -1;
      if (run_advance < run_beats && runs > 1) overlaps = overlaps + 1;
      load = 1'b1;
      next = 1'b0;
      {step_late, zero_late, line_step_late, first_late, last_late} = {5 * ADDRESS_W + 2 * COUNT_W + 4{1'bx}};
      cycle;
      load = 1'b0;
      {step_late, zero_late, line_step_late, first_late, last_late} = {step, zero, line_step, first, last};
      for (g = 0; g < groups; g = g + 1)
        for (r = 0; r < runs; r = r + 1)
          for (b = 0; b < run_beats; b = b + 1) begin
            j = r * run_advance + b;
            column = j / pitch;
            line = j % pitch;
            segment = 0;
            while (line >= count_of(segment)) begin
              line = line - count_of(segment);
              segment = segment + 1;
            end
            expected = base[segment*ADDRESS_W+:ADDRESS_W] + column * step[segment*ADDRESS_W+:ADDRESS_W] +
                line * line_step + g * group_step;
            expected_zero = zero[segment] || column < first || column >= last;
            beat(expected_zero, expected);
          end
      for (i = 0; i < tail; i = i + 1) beat(1'b1, {ADDRESS_W{1'b0}});
      if (early >= 0) begin
        rst = 1'b1;
        next = $random(seed);
        cycle;
        rst = 1'b0;
      end
      next = 1'b0;
      #1 check(!valid, "ended");
    end
    if (fails == 0 && zeros > 100 && overlaps > 20) $display("PASS: %0d walks", walks);
    else $display("FAIL: %0d failures, %0d zeros, %0d walks of runs that overlap", fails, zeros, overlaps);
    $finish;
  end
endmodule
