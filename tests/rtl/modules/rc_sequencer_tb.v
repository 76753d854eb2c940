// rc_sequencer: every output in every cycle against the contract's rules, kept here as times:
//
//     lane rule       a tile's last beat may be at t iff t >= lane_free[t mod 2]; then that becomes
//                     t + 2u, u the used rows; after a window both become t + u
//     stream start    not before 2(ROWS-1) + COLS cycles after an OS beat; the final pass's capture
//                     not before the last window's rows have passed
//     results         row r at t + LATE + 2r, column c later by c; of a window + r, all columns
//     commands        checked in the cycle after they came; executed, or next in turn, from then on; an
//                     illegal one is reported in the cycle behind
//     busy            washing, a command is left, a result is due, or no stream may start yet
//
// Commands are drawn at random, one in six illegal; operands are withheld at random, now and then
// inside a stream as well, which has to be reported and not to stop the stream.
module rc_sequencer_tb;
  parameter integer ROWS   = 3;
  parameter integer COLS   = 4;
  parameter integer MAX_K  = 60;
  parameter integer TAG_W  = 8;
  parameter integer STAGES = 0;
  parameter integer MAC_STAGES = 0;
  localparam ROW_W = $clog2(ROWS + 2);
  localparam COL_W = $clog2(COLS + 2);
  localparam BEAT_W = $clog2(MAX_K + 2);
  localparam FIELD = (1 << BEAT_W) - 1;  // the most that a number of beats can say
  localparam EDGE  = 2 + STAGES;
  localparam LATE  = EDGE + 1 + 2 * MAC_STAGES;
  localparam CLEAR = 2 * (ROWS - 1) + COLS;
  localparam WASH  = EDGE + LATE + 3 * ROWS + 2 * COLS - 2;
  localparam RUN   = 10000;
  localparam AHEAD = 2 * ROWS + COLS + LATE + 1;

  reg clk, rst;
  reg cmd_valid;
  reg [TAG_W-1:0] cmd_tag, cmd_count;
  reg [ROW_W-1:0] cmd_rows;
  reg [BEAT_W-1:0] cmd_beats, cmd_taps, cmd_pitch, cmd_passes;
  reg cmd_stream, cmd_chain;
  reg [COL_W-1:0] cmd_cols;
  reg op_valid;
  wire cmd_ready, cmd_error, op_ready, col_en, active, busy;
  wire [ROWS-1:0] row_en;
  wire [ROW_W-1:0] last_rows, row;
  wire [COLS-1:0] valid;
  wire [TAG_W-1:0] tag;
`ifdef ROW_BROADCAST
  wire tap_ready, gap_error, window;
  wire [ROWS-1:0] stream, lastb;
  wire [ROWS-1:0] tap_en;
`endif

  rc_sequencer #(
      .ROWS(ROWS),
      .COLS(COLS),
      .MAX_K(MAX_K),
`ifdef ROW_BROADCAST
      .STAGES(STAGES),
`endif
      .MAC_STAGES(MAC_STAGES),
      .TAG_W(TAG_W)
  ) u_sequencer (
      .clk_i(clk),
      .rst_i(rst),
      .cmd_valid_i(cmd_valid),
      .cmd_ready_o(cmd_ready),
      .cmd_tag_i(cmd_tag),
      .cmd_count_i(cmd_count),
      .cmd_rows_i(cmd_rows),
      .cmd_beats_i(cmd_beats),
`ifdef ROW_BROADCAST
      .cmd_stream_i(cmd_stream),
      .cmd_chain_i(cmd_chain),
      .cmd_cols_i(cmd_cols),
      .cmd_taps_i(cmd_taps),
      .cmd_pitch_i(cmd_pitch),
      .cmd_passes_i(cmd_passes),
      .tap_ready_o(tap_ready),
      .gap_error_o(gap_error),
      .stream_o(stream),
      .tap_en_o(tap_en),
      .lastb_o(lastb),
      .window_o(window),
`endif
      .cmd_error_o(cmd_error),
      .op_valid_i(op_valid),
      .op_ready_o(op_ready),
      .row_en_o(row_en),
      .col_en_o(col_en),
      .last_rows_o(last_rows),
      .valid_o(valid),
      .row_o(row),
      .tag_o(tag),
      .active_o(active),
      .busy_o(busy)
  );

  integer t, fails, results, errors, gaps, lane_waits;

  function integer draw(input integer low, input integer high);
    draw = low + {$random} % (high - low + 1);
  endfunction

  function integer least(input integer x, input integer y);
    least = x < y ? x : y;
  endfunction

  task check(input ok, input [8*16:1] what);
    if (ok !== 1'b1) begin
      $display("FAIL: cycle %0d: %0s", t, what);
      fails = fails + 1;
    end
  endtask

  // ---------------------------------------------------------------- commands
  // [0] is executed, [1] waits; field by field.
  integer queued;
  reg is_stream[0:1];
  reg is_chain[0:1];
  integer tag0[0:1];
  integer count[0:1];
  integer rows[0:1];
  integer cols[0:1];
  integer beats[0:1];
  integer taps[0:1];
  integer pitch[0:1];
  integer passes[0:1];
  reg legal;
  // The one that has just come.
  reg arrived, arrived_legal, refused;
  reg [TAG_W-1:0] arrived_tag, arrived_count;
  reg [ROW_W-1:0] arrived_rows;
  reg [BEAT_W-1:0] arrived_beats, arrived_taps, arrived_pitch, arrived_passes;
  reg arrived_stream, arrived_chain;
  reg [COL_W-1:0] arrived_cols;

  // One command in twelve has one field that may take any legal value.
  task draw_command;
    integer k_most, long;
    begin
      k_most = MAX_K;
      long   = draw(0, 29);
      cmd_tag    = $random;
      cmd_count  = draw(1, least(long == 0 ? 40 : 4, (1 << TAG_W) - 1));
      cmd_rows   = draw(1, ROWS);
      cmd_beats  = draw(1, least(draw(0, 1) == 1 ? 3 : 2 * ROWS + 2, k_most));
      cmd_stream = 1'b0;
      cmd_chain  = draw(0, 1);
      cmd_cols   = $random;
      cmd_taps   = $random;
      cmd_pitch  = $random;
      cmd_passes = $random;
      if (long == 1) cmd_beats = draw(1, k_most);
`ifdef ROW_BROADCAST
      if (draw(0, 1) == 1) begin
        cmd_stream = 1'b1;
        cmd_cols   = draw(1, COLS);
        cmd_taps   = draw(1, least(3, k_most));
        if (long == 2) cmd_taps = draw(1, FIELD);
        cmd_pitch  = draw(cmd_taps, long == 3 ? FIELD : least(cmd_taps + 2, FIELD));
        cmd_beats  = least(draw(0, 2) * cmd_pitch + cmd_taps, k_most);
        cmd_passes = draw(1, least(draw(0, 1) == 1 ? 3 : 6, k_most));
        if (long == 4) begin
          cmd_chain  = 1'b0;
          cmd_beats  = draw(1, least(3, k_most));
          cmd_passes = draw(1, FIELD);
          cmd_count  = draw(1, least(2, (1 << TAG_W) - 1));
        end
        if (long == 5) begin  // the longest pass, once more behind itself
          cmd_chain  = 1'b0;
          cmd_passes = 1;
          cmd_cols   = COLS;
          cmd_rows   = ROWS;
          cmd_beats  = k_most;
          cmd_count  = least(2, (1 << TAG_W) - 1);
        end
        if (long > 5 && long < 9 && k_most > 3) begin  // passes a little longer than a power of two
          cmd_chain  = 1'b0;
          cmd_passes = 1;
          cmd_rows   = ROWS;
          cmd_cols   = draw(1, least(2, COLS));
          cmd_beats  = least((1 << draw(1, BEAT_W - 1)) + draw(0, 1) + 1 - cmd_cols, k_most);
        end
        if (long > 22) begin  // windows shorter than their rows take to leave
          cmd_chain  = 1'b0;
          cmd_passes = 1;
          cmd_cols   = draw(1, least(2, COLS));
          cmd_rows   = ROWS;
          cmd_beats  = draw(1, 2);
        end
        if (cmd_chain && draw(0, 3) > 0) begin
          cmd_passes = 1;
          cmd_cols   = COLS;
          cmd_rows   = draw(1, least(ROWS, COLS));
          cmd_beats  = draw(1, least(COLS, k_most));
        end
      end
`endif
      case (draw(0, 35))
        0: cmd_count = 0;
        1: cmd_rows = 0;
        2: cmd_rows = draw(ROWS + 1, (1 << ROW_W) - 1);
        3: cmd_beats = draw(0, 1) == 0 ? 0 : draw(MAX_K + 1, FIELD);
        4: cmd_cols = 0;
        5: cmd_cols = draw(COLS + 1, (1 << COL_W) - 1);
        6: cmd_taps = 0;
        7: if (cmd_pitch < FIELD) cmd_taps = draw(cmd_pitch + 1, FIELD);
        8: cmd_passes = 0;
        // A chained window has one pass: no bit of the field may be forgotten.
        9, 10, 11: if (cmd_chain) cmd_passes = 1 + (1 << draw(0, BEAT_W - 1));
        default: ;
      endcase
      legal = cmd_count > 0 && cmd_rows > 0 && cmd_rows <= ROWS && cmd_beats > 0
          && cmd_beats <= MAX_K;
      if (cmd_stream) begin
        if (cmd_cols == 0 || cmd_cols > COLS || cmd_taps == 0 || cmd_taps > cmd_pitch ||
            cmd_passes == 0) legal = 1'b0;
        if (cmd_chain && (cmd_passes != 1 || cmd_cols < cmd_beats || cmd_cols < cmd_rows))
          legal = 1'b0;
      end
    end
  endtask

  task enqueue;
    begin
      is_stream[queued] = arrived_stream;
      is_chain[queued]  = arrived_chain;
      tag0[queued]      = arrived_tag;
      count[queued]     = arrived_count;
      rows[queued]      = arrived_rows;
      cols[queued]      = arrived_cols;
      beats[queued]     = arrived_beats;
      taps[queued]      = arrived_taps;
      pitch[queued]     = arrived_pitch;
      passes[queued]    = arrived_passes;
      queued = queued + 1;
    end
  endtask

  // At the end of a cycle.
  task take_command;
    begin
      refused = arrived && !arrived_legal;
      if (arrived && arrived_legal && queued < 2) begin
        enqueue;
        arrived = 1'b0;
      end
      if (refused) arrived = 1'b0;
      if (cmd_valid && cmd_ready) begin
        arrived = 1'b1;
        arrived_legal = legal;
        {arrived_stream, arrived_chain, arrived_tag, arrived_count, arrived_rows, arrived_cols, arrived_beats,
         arrived_taps, arrived_pitch, arrived_passes} =
            {cmd_stream, cmd_chain, cmd_tag, cmd_count, cmd_rows, cmd_cols, cmd_beats, cmd_taps,
             cmd_pitch, cmd_passes};
      end
    end
  endtask

  task dequeue;
    begin
      is_stream[0] = is_stream[1];
      is_chain[0]  = is_chain[1];
      tag0[0]      = tag0[1];
      count[0]     = count[1];
      rows[0]      = rows[1];
      cols[0]      = cols[1];
      beats[0]     = beats[1];
      taps[0]      = taps[1];
      pitch[0]     = pitch[1];
      passes[0]    = passes[1];
      queued = queued - 1;
    end
  endtask

  // ---------------------------------------------------------------- the rules
  integer step, sample;         // of the command; sample of the step, chained: of the command
  integer lane_free[0:1];
  integer window_free;          // from here on a window may capture
  integer stream_free;          // from here on a stream may start
  integer pass, at, offset, r, c, slot;
  reg ready, starts, meets_tap, ends, taken, in_stream;
  reg [COLS-1:0] due[0:AHEAD-1];
  reg due_window[0:AHEAD-1];
  integer due_row[0:AHEAD-1];
  integer due_tag[0:AHEAD-1];

  // Where the step stands in this cycle.
  task rule;
    begin
      ready = 1'b0;
      starts = 1'b0;
      meets_tap = 1'b0;
      ends = 1'b0;
      if (queued > 0 && !is_stream[0]) begin
        ends  = sample == beats[0] - 1;
        ready = !ends || t >= lane_free[t%2];
      end
      if (queued > 0 && is_stream[0]) begin
        pass = is_chain[0] ? step : sample / (cols[0] - 1 + beats[0]);
        at   = is_chain[0] ? sample - step * cols[0] : sample % (cols[0] - 1 + beats[0]);
        offset    = at - (cols[0] - 1);
        starts    = is_chain[0] ? sample == 0 : at == 0;
        meets_tap = offset >= 0 && offset % pitch[0] < taps[0];
        ends      = offset == beats[0] - 1 && (is_chain[0] || pass == passes[0] - 1);
        ready     = 1'b1;
        if (starts) begin
          ready = t >= stream_free;
          if ((is_chain[0] || pass == passes[0] - 1) &&
              t + cols[0] - 1 + beats[0] - 1 < window_free) ready = 1'b0;
        end
      end
      in_stream = queued > 0 && is_stream[0] && !starts;
      taken = ready && (op_valid || in_stream);
      if (queued > 0 && !is_stream[0] && !ready) lane_waits = lane_waits + 1;
    end
  endtask

  task book(input integer when_due, input integer column, input integer which);
    begin
      slot = when_due % AHEAD;
      check(!due[slot][column], "clash");
      due[slot][column] = 1'b1;
      due_window[slot]  = is_stream[0];
      if (column == 0) begin
        due_row[slot] = which;
        due_tag[slot] = tag0[0] + step;
      end
    end
  endtask

  task advance;
    begin
      sample = sample + 1;
      if (!is_stream[0]) stream_free = t + CLEAR;
      if (ends) begin
        for (r = 0; r < rows[0]; r = r + 1)
          for (c = 0; c < COLS; c = c + 1)
            book(t + LATE + (is_stream[0] ? r : 2 * r + c), c, r);
        if (is_stream[0]) begin
          lane_free[0] = t + rows[0];
          lane_free[1] = t + rows[0];
          window_free  = t + rows[0];
        end else lane_free[t%2] = t + 2 * rows[0];
        step = step + 1;
        if (!(is_stream[0] && is_chain[0])) sample = 0;
        if (step == count[0]) begin
          step = 0;
          sample = 0;
          dequeue;
        end
      end
    end
  endtask

  reg washing, working;
  task check_results;
    begin
      working = washing || arrived || queued > 0;
      for (slot = 0; slot < AHEAD; slot = slot + 1) if (due[slot] != 0) working = 1'b1;
`ifdef ROW_BROADCAST
      if (t < stream_free) working = 1'b1;
`endif
      check(busy === working, "busy_o");
      slot = t % AHEAD;
      check(valid === due[slot], "valid_o");
      if (due[slot][0]) begin
        results = results + 1;
        check(row === due_row[slot], "row_o");
        check(tag === (due_tag[slot] & ((1 << TAG_W) - 1)), "tag_o");
      end
`ifdef ROW_BROADCAST
      check(window === (due[slot] != 0 && due_window[slot]), "window_o");
`endif
      due[slot] = 0;
    end
  endtask

  // op_valid_i and cmd_valid_i move within the cycle: neither ready may follow them.
  reg ready_was, cmd_ready_was, op_valid_was, cmd_valid_was;
  task check_independence;
    begin
      ready_was = op_ready;
      cmd_ready_was = cmd_ready;
      op_valid_was = op_valid;
      cmd_valid_was = cmd_valid;
      op_valid = !op_valid;
      cmd_valid = !cmd_valid;
      #1 check(op_ready === ready_was && cmd_ready === cmd_ready_was, "ready on valid");
      op_valid = op_valid_was;
      cmd_valid = cmd_valid_was;
      #1;
    end
  endtask

  integer since_reset, waves;
  reg gap_was;  // a beat of a stream was missing in the cycle before
  task reset;
    begin
      rst = 1'b1;
      cmd_valid = 1'b0;
      op_valid  = 1'b0;
      #5 clk = 1'b1;
      #5 clk = 1'b0;
      t = t + 1;
      rst = 1'b0;
      queued = 0;
      arrived = 1'b0;
      refused = 1'b0;
      gap_was = 1'b0;
      step = 0;
      sample = 0;
      lane_free[0] = 0;
      lane_free[1] = 0;
      window_free = 0;
      stream_free = 0;
      since_reset = 0;
      waves = 0;
      for (slot = 0; slot < AHEAD; slot = slot + 1) due[slot] = 0;
    end
  endtask

  initial begin
    fails = 0;
    results = 0;
    errors = 0;
    gaps = 0;
    lane_waits = 0;
    clk = 1'b0;
    t = 0;
    reset;
    while (t < RUN) begin
      draw_command;
      // Stretches of waiting commands, and stretches in which the array has none now and then.
      cmd_valid = t % 512 < 192 ? draw(0, 3) > 0 : draw(0, t % 512 < 384 ? 2 : 11) == 0;
      // Stretches of full speed, and stretches with bubbles and gaps.
      op_valid  = t % 256 < 128 || draw(0, 9) > 1;
      #1;
      check_independence;
      rule;
      washing = since_reset < WASH;

      check(cmd_ready === (!washing && !(arrived && queued == 2)), "cmd_ready_o");
      check(cmd_error === refused, "cmd_error_o");
      check(active === (queued > 0), "active_o");
      check(op_ready === ready, "op_ready_o");
      for (r = 0; r < ROWS; r = r + 1)
        check(row_en[r] === (taken && op_valid && r < rows[0]), "row_en_o");
      check(col_en === (taken && !is_stream[0]), "col_en_o");
      if (washing) begin
        if (last_rows !== 0) begin
          waves = waves + 1;
          check(last_rows === ROWS, "wave's rows");
          check(since_reset >= EDGE + ROWS + COLS, "wave's cycle");
          // Its last result is on the port LATE + CLEAR - 1 cycles later, before cmd_ready_o rises.
          check(since_reset + LATE + CLEAR - 1 < WASH, "wave's end");
        end
      end else begin
        check(waves == 1, "one wave");
        check(last_rows === (taken && ends && !is_stream[0] ? rows[0] : 0), "last_rows_o");
      end
`ifdef ROW_BROADCAST
      check(tap_ready === (ready && meets_tap), "tap_ready_o");
      check(gap_error === gap_was, "gap_error_o");
      for (r = 0; r < ROWS; r = r + 1)
        check(lastb[r] === (taken && ends && is_stream[0] && r < rows[0]), "lastb_o");
      for (r = 0; r < ROWS; r = r + 1)
        if (taken) check(stream[r] === (is_stream[0] && r < rows[0]), "stream_o");
      // Until the last tile's operands have left the skew, it is not bypassed.
      if (t < stream_free - COLS) check(stream === 0, "early stream_o");
      for (r = 0; r < ROWS; r = r + 1)
        check(tap_en[r] === (taken && op_valid && meets_tap && r < rows[0]), "tap_en_o");
      if (gap_error) gaps = gaps + 1;
`endif
      if (cmd_error) errors = errors + 1;
      check_results;

      gap_was = in_stream && ready && !op_valid;
      if (taken) advance;
      take_command;
      #2 clk = 1'b1;
      #5 clk = 1'b0;
      t = t + 1;
      since_reset = since_reset + 1;
      // Once in mid-work.
      if (t == RUN / 3) reset;
      if (fails > 5) t = RUN;
    end

    // Until nothing is left.
    cmd_valid = 1'b0;
    op_valid  = 1'b1;
    while (fails == 0 && t < 2 * RUN && (arrived || queued > 0 || t % AHEAD != 0)) begin
      #1 rule;
      check_results;
      if (taken) advance;
      take_command;
      #4 clk = 1'b1;
      #5 clk = 1'b0;
      t = t + 1;
    end
    for (c = 0; c < 2 * AHEAD; c = c + 1) begin
      #1 check_results;
      #4 clk = 1'b1;
      #5 clk = 1'b0;
      t = t + 1;
    end
    check(queued == 0 && busy === 1'b0, "end");

    check(results > 100 && errors > 5, "coverage");
    if (ROWS > 2) check(lane_waits > 10, "no lane waits");
`ifdef ROW_BROADCAST
    if (COLS > 1) check(gaps > 10, "no gaps");
`endif
    if (fails == 0)
      $display("PASS: %0d results, %0d illegal commands, %0d gaps, %0d lane waits", results, errors,
               gaps, lane_waits);
    $finish;
  end
endmodule
