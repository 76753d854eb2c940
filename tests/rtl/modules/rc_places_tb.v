// rc_places: random moves, of which the bench makes column 0's results as the core does: a tile's rows in
// every second cycle, two tiles side by side, a window's in every cycle and behind all tiles' last columns.
// Every output is compared with a list of what is due in which cycle, made from the definition of a move.
module rc_places_tb;
  parameter integer N = 4;
  parameter integer ADDRESS_W = 16;
  parameter integer COUNT_W = 16;
  parameter integer WORD_W = 8;
  parameter integer SEED = 1;
  parameter integer CYCLES = 30000;
  localparam integer LINE_W = $clog2(N + 1);
  localparam integer ROW_W = $clog2(N + 2);
  localparam integer TOP = COUNT_W < 4 ? (1 << COUNT_W) - 1 : 9;
  localparam integer AHEAD = 4 * N + 32;  // cycles that anything is known ahead

  reg clk, rst, load, windows, to_b, by_column, residual, valid, window;
  reg [COUNT_W-1:0] runs, groups;
  reg [LINE_W-1:0] last_rows, last_columns, first_row, command_rows;
  reg [ADDRESS_W-1:0] base, step, first, last, scales, offset;
  reg [WORD_W-1:0] low, high;
  reg [ROW_W-1:0] row;
  wire [1:0] moves;
  wire done, row_scale, window_o, window_keeps, window_ends, window_to_b, range_error;
  wire [ADDRESS_W-1:0] scale, window_row, window_step, window_first, window_last;
  wire [N*ADDRESS_W-1:0] lane_scale, add_address, write_address;
  wire [N-1:0] lane_by_column, add, added, write, write_to_b;
  wire writes_a, writes_b;
  wire [N*WORD_W-1:0] low_o, high_o;

  rc_places #(
      .N(N),
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W),
      .WORD_W(WORD_W)
  ) u_places (
      .clk_i(clk),
      .rst_i(rst),
      .load_i(load),
      .windows_i(windows),
      .runs_i(runs),
      .groups_i(groups),
      .last_rows_i(last_rows),
      .last_columns_i(last_columns),
      .first_row_i(first_row),
      .command_rows_i(command_rows),
      .to_b_i(to_b),
      .base_i(base),
      .step_i(step),
      .first_i(first),
      .last_i(last),
      .by_column_i(by_column),
      .scales_i(scales),
      .low_i(low),
      .high_i(high),
      .residual_i(residual),
      .residual_offset_i(offset),
      .moves_o(moves),
      .done_o(done),
      .valid_i(valid),
      .window_i(window),
      .row_i(row),
      .scale_o(scale),
      .lane_scale_o(lane_scale),
      .lane_by_column_o(lane_by_column),
      .row_scale_o(row_scale),
      .low_o(low_o),
      .high_o(high_o),
      .add_o(add),
      .add_address_o(add_address),
      .added_o(added),
      .write_o(write),
      .write_to_b_o(write_to_b),
      .writes_a_o(writes_a),
      .writes_b_o(writes_b),
      .write_address_o(write_address),
      .window_o(window_o),
      .window_keeps_o(window_keeps),
      .window_ends_o(window_ends),
      .window_to_b_o(window_to_b),
      .window_row_o(window_row),
      .window_step_o(window_step),
      .window_first_o(window_first),
      .window_last_o(window_last),
      .range_error_o(range_error)
  );

  integer seed, fails, t, finished;
  function integer pick(input integer from, input integer to);
    pick = from + {$random(seed)} % (to - from + 1);
  endfunction
  task check(input ok, input [16*8:1] what);
    if (ok !== 1'b1) begin
      if (fails < 5) $display("FAIL: seed %0d, cycle %0d: %0s", SEED, t, what);
      fails = fails + 1;
    end
  endtask

  // ---------------------------------------------------------------- what is due: place t % AHEAD
  reg [N-1:0] due_tile[0:AHEAD-1];                       // lane's scale, at t + c
  reg [ADDRESS_W-1:0] due_scale[0:N*AHEAD-1];
  reg [N-1:0] due_by_column[0:AHEAD-1], due_clamp[0:AHEAD-1], due_add[0:AHEAD-1], due_added[0:AHEAD-1];
  reg [N-1:0] due_write[0:AHEAD-1], due_to_b[0:AHEAD-1];
  reg [WORD_W-1:0] due_low[0:N*AHEAD-1], due_high[0:N*AHEAD-1];
  reg [ADDRESS_W-1:0] due_from[0:N*AHEAD-1], due_address[0:N*AHEAD-1];
  reg due_row_scale[0:AHEAD-1], due_window[0:AHEAD-1], due_error[0:AHEAD-1];
  reg [2:0] due_flags[0:AHEAD-1];
  reg [4*ADDRESS_W-1:0] due_row[0:AHEAD-1];

  task forget(input integer at);
    begin
      {due_tile[at], due_by_column[at], due_clamp[at], due_add[at], due_added[at], due_write[at], due_to_b[at]} = 0;
      {due_row_scale[at], due_window[at], due_error[at]} = 0;
    end
  endtask

  // ---------------------------------------------------------------- moves: entry number % 4
  reg m_windows[0:3], m_to_b[0:3], m_by_column[0:3], m_residual[0:3];
  integer m_runs[0:3], m_groups[0:3], m_last_rows[0:3], m_last_columns[0:3], m_first_row[0:3], m_command_rows[0:3];
  reg [ADDRESS_W-1:0] m_base[0:3], m_step[0:3], m_first[0:3], m_last[0:3], m_scales[0:3], m_offset[0:3];
  reg [WORD_W-1:0] m_low[0:3], m_high[0:3];
  integer m_left[0:3];     // results to come
  integer m_done[0:3];     // cycle in which it is done at the soonest
  integer loaded, begun, oldest;  // numbers of moves: loaded, of which all steps have begun, not yet done
  integer run, group;      // of the step that begins next

  task draw;
    integer m;
    begin
      m = loaded % 4;
      windows = pick(0, 1);
      runs = pick(1, pick(0, 3) ? 3 : TOP);
      groups = pick(1, pick(0, 3) ? 3 : TOP);
      command_rows = pick(0, 1) ? N : pick(1, N);
      last_rows = pick(0, 1) ? N : pick(1, N);
      last_columns = pick(0, 1) ? N : pick(1, N);
      first_row = pick(0, 1) ? 0 : pick(0, N - 1);
      // Some of one short tile: it may be complete before the one ahead of it.
      if (pick(0, 3) == 0) begin
        windows = 0;
        runs = 1;
        groups = 1;
        last_rows = pick(1, 2);
      end
      to_b = $random(seed);
      by_column = !windows && pick(0, 1);
      residual = !windows && pick(0, 1);
      base = $random(seed);
      step = pick(0, 1) ? $random(seed) : runs * N;
      scales = $random(seed);
      offset = $random(seed);
      low = $random(seed);
      high = $random(seed);
      // All addresses, or some.
      first = pick(0, 2) ? 0 : base + pick(-1, 1);
      last = pick(0, 2) ? {ADDRESS_W{1'b1}} : base + pick(0, 2 * N);
      {m_windows[m], m_to_b[m], m_by_column[m], m_residual[m]} = {windows, to_b, by_column, residual};
      m_runs[m] = runs;
      m_groups[m] = groups;
      m_last_rows[m] = last_rows;
      m_last_columns[m] = last_columns;
      m_first_row[m] = first_row;
      m_command_rows[m] = command_rows;
      {m_base[m], m_step[m], m_first[m], m_last[m]} = {base, step, first, last};
      {m_scales[m], m_offset[m], m_low[m], m_high[m]} = {scales, offset, low, high};
      m_left[m] = groups * (windows ? runs * command_rows : (runs - 1) * N + last_rows);
      m_done[m] = -1;
    end
  endtask

  // ---------------------------------------------------------------- steps: a window in 0, or tiles by parity
  reg s_busy[0:1];
  integer s_move[0:1], s_run[0:1], s_group[0:1], s_row[0:1], s_rows[0:1];
  integer may_begin, tile_at, stops;  // the soonest cycle of the next step; of the last tile's result

  task result(input integer m, input integer g, input integer i, input integer r);
    integer c, at;
    reg [ADDRESS_W-1:0] address, of_scale;
    reg in_range;
    begin
      of_scale = m_scales[m] + (m_windows[m] ? g * N + r : m_by_column[m] ? g : i * N + r);
      check(scale === of_scale, "scale");
      m_left[m] = m_left[m] - 1;
      if (m_windows[m]) begin
        due_row_scale[(t+1)%AHEAD] = 1;
        at = (t + 4) % AHEAD;
        due_clamp[at] = {N{1'b1}};
        for (c = 0; c < N; c = c + 1) begin
          due_low[at*N+c] = m_low[m];
          due_high[at*N+c] = m_high[m];
        end
        at = (t + 5) % AHEAD;
        due_window[at] = 1;
        due_flags[at] = {(g > 0 || r >= m_first_row[m]) && (g < m_groups[m] - 1 || r < m_last_rows[m]),
                         r == m_command_rows[m] - 1, m_to_b[m]};
        address = r;
        due_row[at] = {address, m_step[m], m_first[m], m_last[m]};
        if (m_left[m] == 0) m_done[m] = t + 7;
      end else begin
        tile_at = t;
        address = m_base[m] + g * m_step[m] + i * N + r;
        in_range = address >= m_first[m] && address <= m_last[m];
        due_error[(t+2)%AHEAD] = !in_range;
        for (c = 0; c < N; c = c + 1) begin
          at = (t + c) % AHEAD;
          due_tile[at][c] = 1;
          due_scale[at*N+c] = of_scale;
          due_by_column[(t+c+1)%AHEAD][c] = m_by_column[m];
          at = (t + c + 4) % AHEAD;
          due_clamp[at][c] = 1;
          due_low[at*N+c] = m_low[m];
          due_high[at*N+c] = m_high[m];
          due_add[at][c] = m_residual[m];
          due_from[at*N+c] = address + m_offset[m];
          due_added[(t+c+5)%AHEAD][c] = m_residual[m];
          at = (t + c + 6) % AHEAD;
          due_write[at][c] = in_range && (g < m_groups[m] - 1 || c < m_last_columns[m]);
          due_to_b[at][c] = m_to_b[m];
          due_address[at*N+c] = address;
        end
        if (m_left[m] == 0) m_done[m] = t + N + 6;
      end
    end
  endtask

  integer p, c, at, m, k, expected_moves, pause;
  reg starts;
  initial begin
    seed = SEED;
    fails = 0;
    finished = 0;
    clk = 1'b0;
    rst = 1'b1;
    load = 1'b0;
    valid = 1'b0;
    window = 1'b0;
    row = 0;
    repeat (2) begin
      #5 clk = 1'b1;
      #5 clk = 1'b0;
    end
    rst = 1'b0;
    for (k = 0; k < AHEAD; k = k + 1) forget(k);
    {s_busy[0], s_busy[1]} = 0;
    loaded = 0;
    begun = 0;
    oldest = 0;
    run = 0;
    group = 0;
    may_begin = 0;
    tile_at = -N;
    pause = 0;
    stops = 0;
    // The cycles count from the reset on: places' even cycles are those here.
    for (t = 0; t < CYCLES; t = t + 1) begin
      at = t % AHEAD;
      if (pause == 0) pause = pick(0, 7) ? 3 : pick(1, 200);
      // A new move, up to two at a time.
      load = loaded - oldest < 2 && (pick(0, 5) == 0 || begun < loaded);
      load = load && pick(0, 1);
      if (load) draw;
      else {windows, to_b, by_column, residual, runs, groups, base, step, first, last, scales, offset} = {12{1'bx}};

      // The result of this cycle: of a step that has begun, or of a new one.
      p = 0;
      if (!s_busy[0] || !m_windows[s_move[0]]) p = t % 2;
      valid = s_busy[p];
      starts = 0;
      m = begun % 4;
      if (!valid && begun < loaded && t >= may_begin && (pick(0, 3) || stops == 0)) begin
        // Windows when all tiles' last columns are through; nothing beside a window.
        if (m_windows[m]) starts = !s_busy[0] && !s_busy[1] && t - tile_at >= N;
        else starts = !(s_busy[0] && m_windows[s_move[0]]);
        if (starts) begin
          if (m_windows[m]) p = 0;
          s_busy[p] = 1;
          s_move[p] = m;
          s_run[p] = run;
          s_group[p] = group;
          s_row[p] = 0;
          s_rows[p] = m_windows[m] ? m_command_rows[m] : run == m_runs[m] - 1 ? m_last_rows[m] : N;
          run = run + 1;
          if (run == m_runs[m]) begin
            run = 0;
            group = group + 1;
          end
          valid = 1;
        end
      end
      window = valid && m_windows[s_move[p]];
      row = valid ? s_row[p] : {ROW_W{1'bx}};
      #1;
      expected_moves = loaded - oldest;
      check(moves === expected_moves, "moves");
      check(done === (oldest < loaded && m_done[oldest%4] >= 0 && t >= m_done[oldest%4]), "done");
      if (valid) begin
        result(s_move[p], s_group[p], s_run[p], s_row[p]);
        s_row[p] = s_row[p] + 1;
        if (s_row[p] == s_rows[p]) s_busy[p] = 0;
      end
      if (starts && group == m_groups[m]) begin
        group = 0;
        begun = begun + 1;
        may_begin = t + 2;
        stops = pick(0, 2);
      end

      // All that is due.
      for (c = 0; c < N; c = c + 1) begin
        if (due_tile[at][c]) check(lane_scale[c*ADDRESS_W+:ADDRESS_W] === due_scale[at*N+c], "lane scale");
        if (due_clamp[at][c]) begin
          check(low_o[c*WORD_W+:WORD_W] === due_low[at*N+c], "low");
          check(high_o[c*WORD_W+:WORD_W] === due_high[at*N+c], "high");
        end
        check(add[c] === due_add[at][c], "add");
        if (due_add[at][c]) check(add_address[c*ADDRESS_W+:ADDRESS_W] === due_from[at*N+c], "add address");
        check(added[c] === due_added[at][c], "added");
        check(write[c] === due_write[at][c], "write");
        if (due_write[at][c]) begin
          check(write_to_b[c] === due_to_b[at][c], "to b");
          check(write_address[c*ADDRESS_W+:ADDRESS_W] === due_address[at*N+c], "write address");
        end
      end
      check(writes_a === |(due_write[at] & ~due_to_b[at]), "writes a");
      check(writes_b === |(due_write[at] & due_to_b[at]), "writes b");
      check(lane_by_column === due_by_column[at], "by column");
      check(row_scale === due_row_scale[at], "row scale");
      check(range_error === due_error[at], "range error");
      check(window_o === due_window[at], "window");
      if (due_window[at]) begin
        check({window_keeps, window_ends, window_to_b} === due_flags[at], "window flags");
        check({window_row, window_step, window_first, window_last} === due_row[at], "window row");
      end
      forget(at);
      if (done === 1'b1) begin
        oldest = oldest + 1;
        finished = finished + 1;
        if (oldest < loaded && m_done[oldest%4] >= 0 && m_done[oldest%4] <= t) m_done[oldest%4] = t + 1;
      end
      if (load) begin
        loaded = loaded + 1;
        // Its first step begins when its fields are at hand.
        if (begun == loaded - 1 && may_begin < t + 2) may_begin = t + 2;
      end
      #4 clk = 1'b1;
      #5 clk = 1'b0;
    end
    if (fails == 0 && finished > CYCLES / (20 * N * N)) $display("PASS: %0d moves", finished);
    else $display("FAIL: %0d failures, %0d moves", fails, finished);
    $finish;
  end
endmodule
