// rc_routes: every window of random moves against the definition, by division; windows are asked for at
// random, or as soon as they are there: then a position takes a cycle. Moves follow each other with
// windows still waiting.
module rc_routes_tb;
  parameter integer N = 4;
  parameter integer ADDRESS_W = 16;
  parameter integer COUNT_W = 16;
  parameter integer SEED = 1;
  localparam integer LANE_W = $clog2(N);
  localparam integer TOP = COUNT_W < 5 ? (1 << COUNT_W) - 1 : 20;
  localparam integer WINDOWS = 1024;  // wanted and not yet seen

  reg clk, rst, load, next;
  reg [COUNT_W-1:0] pitch, line_stride, lines, column_stride, columns, positions, runs, groups;
  reg [LANE_W-1:0] lane;
  reg [ADDRESS_W-1:0] base, step;
  wire busy, valid;
  wire [N*LANE_W-1:0] select;
  wire [N-1:0] enable, over;
  wire [ADDRESS_W-1:0] address;

  rc_routes #(
      .N(N),
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W)
  ) u_routes (
      .clk_i(clk),
      .rst_i(rst),
      .load_i(load),
      .pitch_i(pitch),
      .line_stride_i(line_stride),
      .lines_i(lines),
      .column_stride_i(column_stride),
      .columns_i(columns),
      .positions_i(positions),
      .runs_i(runs),
      .groups_i(groups),
      .lane_i(lane),
      .base_i(base),
      .step_i(step),
      .busy_o(busy),
      .valid_o(valid),
      .next_i(next),
      .select_o(select),
      .enable_o(enable),
      .over_o(over),
      .address_o(address)
  );

  integer seed, fails, moves, seen, wanted, kept_all, overs, t, greedy, greedy_now, due, since, limit;
  // Windows that are to come; of each lane its column.
  reg [N*LANE_W-1:0] selects[0:WINDOWS-1];
  reg [N-1:0] enables[0:WINDOWS-1], overs_of[0:WINDOWS-1];
  reg [ADDRESS_W-1:0] addresses[0:WINDOWS-1];
  reg any[0:WINDOWS-1];
  integer head, tail_at;

  function integer pick(input integer from, input integer to);
    pick = from + {$random(seed)} % (to - from + 1);
  endfunction
  task check(input ok, input [12*8:1] what);
    if (ok !== 1'b1) begin
      if (fails < 5) $display("FAIL: seed %0d, move %0d, window %0d: %0s", SEED, moves, head, what);
      fails = fails + 1;
    end
  endtask

  integer l;
  task cycle;
    begin
      #1;
      next = valid === 1'b1 && (greedy_now || pick(0, 3) == 0);
      #1;
      if (valid === 1'b1) begin
        check(head != tail_at, "one too many");
        check(enable === enables[head%WINDOWS], "enable");
        check((over & enable) === overs_of[head%WINDOWS], "over");
        check(!any[head%WINDOWS] || address === addresses[head%WINDOWS], "address");
        for (l = 0; l < N; l = l + 1)
          if (enables[head%WINDOWS][l])
            check(select[l*LANE_W+:LANE_W] === selects[head%WINDOWS][l*LANE_W+:LANE_W], "select");
      end
      if (next) head = head + 1;
      #3 clk = 1'b1;
      #5 clk = 1'b0;
    end
  endtask

  integer g, r, p, j, column, line, kept, pixel, first, at;
  task expect_move;
    for (g = 0; g < groups; g = g + 1) begin
      kept = 0;
      for (r = 0; r < runs; r = r + 1) begin
        at = tail_at % WINDOWS;
        enables[at] = 0;
        overs_of[at] = 0;
        any[at] = 0;
        for (p = 0; p < positions; p = p + 1) begin
          j = r * positions + p;
          column = j / pitch;
          line = j % pitch;
          if (column % column_stride == 0 && column / column_stride < columns && line % line_stride == 0 &&
              line / line_stride < lines) begin
            pixel = lane + kept;
            if (!any[at]) begin
              first = pixel / N;
              addresses[at] = base + first * step + g * N;
            end
            any[at] = 1;
            check(!enables[at][pixel%N], "reference");
            enables[at][pixel%N] = 1;
            selects[at][(pixel%N)*LANE_W+:LANE_W] = positions - 1 - p;
            if (pixel / N != first) overs_of[at][pixel%N] = 1;
            kept = kept + 1;
            kept_all = kept_all + 1;
          end
        end
        if (overs_of[at] != 0) overs = overs + 1;
        tail_at = tail_at + 1;
      end
    end
  endtask

  initial begin
    seed = SEED;
    fails = 0;
    kept_all = 0;
    overs = 0;
    head = 0;
    tail_at = 0;
    clk = 1'b0;
    rst = 1'b1;
    load = 1'b0;
    greedy_now = 0;
    cycle;
    rst = 1'b0;
    moves = 0;
    for (t = 0; t < 400 && fails < 100; t = t + 1) begin
      pitch = pick(1, pick(0, 3) ? 5 : TOP);
      line_stride = pick(1, 3);
      lines = pick(1, pick(0, 3) ? 3 : TOP);
      column_stride = pick(1, 3);
      columns = pick(1, pick(0, 3) ? 3 : TOP);
      positions = pick(0, 1) && N <= TOP ? N : pick(1, N <= TOP ? N : TOP);
      runs = pick(1, pick(0, 5) ? 5 : TOP);
      groups = pick(1, pick(0, 5) ? 3 : TOP);
      lane = pick(0, N - 1);
      base = $random(seed);
      step = $random(seed);
      // Some moves begin with windows still waiting.
      greedy = pick(0, 1);
      greedy_now = greedy;
      if (pick(0, 2)) begin
        since = 0;
        while (head != tail_at && since < 40000) begin
          cycle;
          since = since + 1;
        end
        check(head == tail_at, "windows lost");
      end
      due = runs * groups * positions;
      limit = tail_at - head;
      expect_move;
      load = 1'b1;
      check(!busy, "load");
      cycle;
      load = 1'b0;
      {pitch, line_stride, lines, column_stride, columns, positions, runs, groups} = {8 * COUNT_W{1'bx}};
      {lane, base, step} = {LANE_W + 2 * ADDRESS_W{1'bx}};
      moves = moves + 1;
      since = 0;
      while (busy === 1'b1 && since < 40000) begin
        cycle;
        since = since + 1;
      end
      if (greedy && limit == 0) check(since == due, "cycles");
      else check(since >= due, "cycles");
      repeat (pick(0, 3)) cycle;
      if (pick(0, 15) == 0) begin
        rst = 1'b1;
        cycle;
        rst = 1'b0;
        head = tail_at;
        #1 check(!busy && !valid, "reset");
      end
    end
    greedy_now = 1;
    repeat (10) cycle;
    check(head == tail_at, "windows lost");
    if (fails == 0 && kept_all > 1000 && overs > 50) $display("PASS: %0d windows", head);
    else $display("FAIL: %0d failures, %0d kept, %0d windows go over", fails, kept_all, overs);
    $finish;
  end
endmodule
